"""Applying facts: ledger entries, receipts and projection in one transaction."""

from __future__ import annotations

import os
import random
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from customers.domain.account import Account
from customers.domain.facts import CustomerFact, ProviderIdLinked
from customers.domain.phone import Phone
from customers.domain.profile import Profile
from customers.domain.projection import fold_all
from customers.domain.refusals import Contended, MustWait, Refusal
from customers.store import departures, dynamo, records
from customers.store.accounts import Accounts, Stored
from customers.store.claims import claim
from customers.store.registry import Posted
from customers.store.writes import one_per_item, put, replace_customer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ATTEMPTS = 10
"""Optimistic tries before facts go back to their queue."""
LONGEST_PAUSE = 0.2
"""Seconds between two of them: a batch of facts that all lose every race must end within the function's time."""
AT_ONCE = 20
"""Facts in a transaction: three items each, and the customer's row with its copies; DynamoDB takes a hundred."""
_RACED = {"None", "ConditionalCheckFailed", "TransactionConflict"}

Outcome = Posted | Refusal
"""That a fact is in the ledger, or why it is not: `MustWait` or `CannotApply`."""


class Ledger:
    """The Records table, and the Customers rows that are folded from it."""

    def __init__(self, client: DynamoDBClient, customers: str, records_table: str) -> None:
        self._client = client
        self._accounts = Accounts(client, customers, records_table)
        self._customers = customers
        self._records = records_table

    @classmethod
    def connect(cls) -> Ledger:
        """The tables named by `CUSTOMERS_TABLE` and `RECORDS_TABLE`."""
        return cls(dynamo.connect(), os.environ["CUSTOMERS_TABLE"], os.environ["RECORDS_TABLE"])

    def post(self, facts: Sequence[CustomerFact]) -> list[Outcome]:
        """Apply facts that name one customer in one way, each once, whoever else is writing.

        Raises `Contended`: try all of them again later; those that were applied will be duplicates.
        """
        outcomes: dict[str, Outcome] = {}
        pending = {fact.stamp.fact_id: fact for fact in facts}
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(random.uniform(0, min(LONGEST_PAUSE, 0.01 * 2**attempt)))  # noqa: S311 - jitter, not a secret
            for group in _groups(pending.values()):
                outcomes |= self._try(group)
            pending = {fact_id: fact for fact_id, fact in pending.items() if fact_id not in outcomes}
            if not pending:
                return _each_once(facts, outcomes)
        raise Contended

    def _try(self, facts: list[CustomerFact]) -> dict[str, Outcome]:
        """One attempt at one transaction. Facts that are not in the answer have lost a race."""
        enterprise, about = facts[0].enterprise, facts[0].about
        profile = self._accounts.find(enterprise, about)
        if profile:
            stored = self._accounts.stored(facts, profile)
        elif isinstance(about, Phone):
            stored = Stored(Account(_proto_wallet(about, facts[0].books)))
        else:
            return _all(facts, MustWait("customer", "no such customer is known yet"))
        customer_id = stored.account.profile.customer_id
        # Only a link makes a claim, and it is alone in its group.
        claimed = claim(self._accounts, self._customers, self._records, facts[0], customer_id)
        before = replace(stored.account, outclaimed=claimed.outclaimed)
        after, folded, refused = fold_all(before, facts)
        if not folded:
            return dict(refused)
        writes = [
            *self._notes(folded, customer_id),
            *replace_customer(self._customers, enterprise, profile, _next(after.profile, len(folded))),
            *self._changes(enterprise, stored, after, is_new=profile is None),
            *claimed.writes,
        ]
        return {**refused, **self._commit(folded, one_per_item(writes))}

    def _commit(self, facts: list[CustomerFact], writes: list[Any]) -> dict[str, Outcome]:
        """The receipts come first: the refusal of one means that its fact has been applied before."""
        try:
            self._client.transact_write_items(TransactItems=writes)
        except self._client.exceptions.TransactionCanceledException as error:
            reasons = [reason.get("Code", "None") for reason in error.response["CancellationReasons"]]
            known = [fact for fact, reason in zip(facts, reasons, strict=False) if reason == "ConditionalCheckFailed"]
            if not known and not _RACED.issuperset(reasons):
                raise
            return _all(known, "duplicate")
        except self._client.exceptions.TransactionConflictException:
            return {}
        return _all(facts, "applied")

    def _notes(self, facts: list[CustomerFact], customer_id: str) -> Iterator[Any]:
        for fact in facts:
            receipt = {**records.receipt_key(fact.enterprise, fact.stamp.fact_id), "customer_id": {"S": customer_id}}
            yield put(self._records, receipt, "attribute_not_exists(pk)")
        for fact in facts:
            yield put(self._records, records.ledger_row(fact, customer_id))

    def _changes(self, enterprise: str, stored: Stored, after: Account, *, is_new: bool) -> Iterator[Any]:
        """What the facts changed beside the row: marks, grants, transactions; and whether the customer departed."""
        before = stored.account
        yield from departures.shut_off(self._records, enterprise, None if is_new else before.profile, after.profile)
        if is_new or after.marks != before.marks:
            yield put(self._records, records.pointer_row(enterprise, after.profile, after.marks))
        for grant_id, grant in after.grants.items():
            if grant != before.grants.get(grant_id):
                yield put(self._records, records.grant_row(enterprise, after.profile.customer_id, grant))
        for key, transaction in after.transactions.items():
            if transaction != before.transactions.get(key):
                row = records.transaction_row(
                    enterprise, after.profile.customer_id, transaction, stored.counted.get(key)
                )
                yield records.put_transaction(self._records, row)


def _groups(facts: Iterable[CustomerFact]) -> Iterator[list[CustomerFact]]:
    """What goes into one transaction: in the order in which it happened, and each link alone."""
    together: list[CustomerFact] = []
    for fact in sorted(facts, key=lambda fact: str(fact.stamp)):
        if isinstance(fact.news, ProviderIdLinked):
            yield [fact]
        else:
            together.append(fact)
    for start in range(0, len(together), AT_ONCE):
        yield together[start : start + AT_ONCE]


def _each_once(facts: Sequence[CustomerFact], outcomes: dict[str, Outcome]) -> list[Outcome]:
    """In the order of `facts`: one that was told twice is the second time what it would be on another day."""
    told: list[Outcome] = []
    for fact in facts:
        fact_id = fact.stamp.fact_id
        told.append(outcomes[fact_id])
        if outcomes[fact_id] == "applied":
            outcomes[fact_id] = "duplicate"
    return told


def _all(facts: Iterable[CustomerFact], outcome: Outcome) -> dict[str, Outcome]:
    return {fact.stamp.fact_id: outcome for fact in facts}


def _next(profile: Profile, facts: int) -> Profile:
    """The version counts the facts that were folded in."""
    return replace(profile, version=profile.version + facts)


def _proto_wallet(phone: Phone, currency: str) -> Profile:
    """The first fact about an unknown phone opens a record; its id is this bundle's to give."""
    return Profile(customer_id=f"usr_{uuid.uuid4().hex}", phone=phone, currency=currency)
