"""Applying facts: ledger entries, receipts and projection in one transaction."""

from __future__ import annotations

import os
import random
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from customers.domain.customers.profile import Erased, Profile
from customers.domain.facts.account import Account, scope_of_end
from customers.domain.facts.fact import CustomerFact, LedgerEntry, PromoClosed, PromoGranted, ProviderIdLinked
from customers.domain.facts.projection import fold_all
from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import Conflict, NotYet, Refusal
from customers.domain.replay import is_money, is_outdated, is_state, restate
from customers.store import records
from customers.store.customers import snapshot_invalidation
from customers.store.customers.rows import Item
from customers.store.dynamodb import dynamo
from customers.store.dynamodb.transactions import one_per_item, put, replace_customer
from customers.store.facts.accounts import Accounts, Found, Stored
from customers.store.facts.identifier_holders import Formers
from customers.store.facts.ledger_entries import Histories, ReadEntry
from customers.store.facts.provider_id_ownership import claim
from customers.store.registry import Posted

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
"""That a fact is in the ledger, or why it is not: `NotYet` or `CannotApply`."""


class Ledger:
    """The Records table, and the Customers rows that are folded from it."""

    def __init__(
        self, client: DynamoDBClient, customers: str, records_table: str, secret: str, read: ReadEntry
    ) -> None:
        self._client = client
        self._histories = Histories(client, records_table, read)
        self._formers = Formers(client, records_table, secret)
        self._accounts = Accounts(client, customers, records_table, self._formers)
        self._customers = customers
        self._records = records_table

    @classmethod
    def connect(cls, read: ReadEntry) -> Ledger:
        """The tables named by `CUSTOMERS_TABLE` and `RECORDS_TABLE`, and `PSEUDONYM_SECRET`."""
        customers, records_table = os.environ["CUSTOMERS_TABLE"], os.environ["RECORDS_TABLE"]
        return cls(dynamo.connect(), customers, records_table, os.environ["PSEUDONYM_SECRET"], read)

    def post(self, facts: Sequence[CustomerFact]) -> list[Outcome]:
        """Apply facts that name one customer in one way, each once, whoever else is writing.

        Raises `Conflict`: try all of them again later; those that were applied will be duplicates.
        """
        outcomes: dict[str, Outcome] = {}
        pending = {fact.order.fact_id: fact for fact in facts}
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(random.uniform(0, min(LONGEST_PAUSE, 0.01 * 2**attempt)))  # noqa: S311 - jitter, not a secret
            for group in _groups(pending.values()):
                with suppress(Conflict):
                    outcomes |= self._try(group)
            pending = {fact_id: fact for fact_id, fact in pending.items() if fact_id not in outcomes}
            if not pending:
                return _each_once(facts, outcomes)
        raise Conflict

    def _try(self, facts: list[CustomerFact]) -> dict[str, Outcome]:
        """One attempt at one transaction. What is not in the answer has lost a race, or is for the next one."""
        enterprise, about = facts[0].enterprise, facts[0].about
        found, facts = self._found(facts)
        if found.profile is None and not isinstance(about, Phone):
            return _all(facts, NotYet("customer", "no such customer is known yet"))
        if found.profile and found.profile.erased:
            return self._late(facts, found.profile, found.profile.erased)
        held_up = [fact for fact in facts if found.profile and found.profile.sweeping and _needs_history(fact)]
        if held_up:
            return _all(held_up, NotYet("customer", "has been merged, and the history is still being brought over"))
        stored = self._stored(facts, found)
        customer_id = stored.account.profile.customer_id
        # Only a link makes a claim, and it is alone in its group.
        claimed = claim(self._accounts, self._customers, self._records, facts[0], customer_id)
        before = replace(stored.account, outclaimed=claimed.outclaimed)
        after, folded, refused = self._fold(before, facts)
        if not folded:
            return dict(refused)
        is_new = found.profile is None
        writes = [
            *self._notes(folded, customer_id),
            *replace_customer(self._customers, enterprise, found.profile, _next(after.profile, len(folded))),
            *self._changes(enterprise, stored, after, is_new=is_new),
            *([self._formers.require(enterprise, after.profile.phone, found.former)] if is_new else []),
            *claimed.writes,
        ]
        return {**refused, **self._commit(folded, one_per_item(writes))}

    def _late(self, facts: list[CustomerFact], left: Profile, erased: Erased) -> dict[str, Outcome]:
        """About a person who is erased: money goes to what is left of them, and nothing that is personal does."""
        if erased.outcome == "hard_deleted":
            counted = records.count_late(self._records, facts[0].enterprise, left.customer_id, len(facts))
            return self._commit(facts, [*self._receipts(facts), counted])
        money = [fact for fact in facts if is_money(fact.payload)]
        stored = self._accounts.stored(money, left) if money else Stored(Account(left))
        after, folded, refused = self._fold(stored.account, money)
        scrubbed = [fact for fact in facts if not is_money(fact.payload)]
        noted = [*folded, *scrubbed]
        if not noted:
            return dict(refused)
        writes = [
            *self._receipts(noted, left.customer_id),
            *(put(self._records, records.ledger_row(fact, left.customer_id)) for fact in folded),
            *(put(self._records, records.scrubbed_row(fact, left.customer_id)) for fact in scrubbed),
            *replace_customer(self._customers, facts[0].enterprise, left, _next(after.profile, len(noted))),
            *self._changes(facts[0].enterprise, stored, after, is_new=False),
        ]
        return {**refused, **self._commit(noted, one_per_item(writes))}

    def _found(self, facts: list[CustomerFact]) -> tuple[Found, list[CustomerFact]]:
        """Whom the first of them names, and those that name the same: a phone may have been another's before."""
        first = facts[0].order.occurred_at
        found = self._accounts.find(facts[0].enterprise, facts[0].about, first)
        holder = found.former.holder
        same = [fact for fact in facts if holder(fact.order.occurred_at) == holder(first)]
        if found.profile and found.profile.erased and isinstance(facts[0].about, Phone) and not found.former.tenures:
            # By a phone that is still to be freed: what happened since then is the next one's.
            same = [fact for fact in same if fact.order.occurred_at < found.profile.erased.at]
        return found, [replace(fact, scope=found.scope) for fact in same]

    def _stored(self, facts: list[CustomerFact], found: Found) -> Stored:
        if found.profile:
            return self._accounts.stored(facts, found.profile)
        assert isinstance(facts[0].about, Phone)  # noqa: S101 - nothing else opens a record
        return Stored(Account(_proto_wallet(facts[0].about, facts[0].books, found.former.last_until)))

    def _fold(
        self, before: Account, facts: list[CustomerFact]
    ) -> tuple[Account, list[CustomerFact], dict[str, Refusal]]:
        """What is of a time before a merge is folded alone, with all that was ever stated; the rest as usual."""
        facts = [_for_its_grant(fact, before) for fact in facts]
        outdated = [fact for fact in facts if is_outdated(before, fact.payload, fact.order)]
        if not outdated:
            return fold_all(before, facts)
        entries = self._histories.entries(facts[0].enterprise, before.profile.customer_id)
        said = [LedgerEntry(fact.order, fact.type, fact.payload, fact.scope) for fact in outdated]
        return restate(before, [*entries, *said]), outdated, {}

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

    def _receipts(self, facts: list[CustomerFact], customer_id: str | None = None) -> Iterator[Any]:
        whose: Item = {"customer_id": {"S": customer_id}} if customer_id else {}
        for fact in facts:
            receipt = {**records.fact_record_key(fact.enterprise, fact.order.fact_id), **whose}
            yield put(self._records, receipt, "attribute_not_exists(pk)")

    def _notes(self, facts: list[CustomerFact], customer_id: str) -> Iterator[Any]:
        yield from self._receipts(facts, customer_id)
        for fact in facts:
            yield put(self._records, records.ledger_row(fact, customer_id))

    def _changes(self, enterprise: str, stored: Stored, after: Account, *, is_new: bool) -> Iterator[Any]:
        """What the facts changed beside the row: marks, grants, transactions; and whether the customer departed."""
        before = stored.account
        yield from snapshot_invalidation.shut_off(
            self._records, enterprise, None if is_new else before.profile, after.profile
        )
        if is_new or after.field_versions != before.field_versions:
            yield put(self._records, records.pointer_row(enterprise, after.profile, after.field_versions))
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
    for fact in sorted(facts, key=lambda fact: str(fact.order)):
        if isinstance(fact.payload, ProviderIdLinked):
            yield [fact]
        else:
            together.append(fact)
    for start in range(0, len(together), AT_ONCE):
        yield together[start : start + AT_ONCE]


def _each_once(facts: Sequence[CustomerFact], outcomes: dict[str, Outcome]) -> list[Outcome]:
    """In the order of `facts`: one that was told twice is the second time what it would be on another day."""
    told: list[Outcome] = []
    for fact in facts:
        fact_id = fact.order.fact_id
        told.append(outcomes[fact_id])
        if outcomes[fact_id] == "applied":
            outcomes[fact_id] = "duplicate"
    return told


def _all(facts: Iterable[CustomerFact], outcome: Outcome) -> dict[str, Outcome]:
    return {fact.order.fact_id: outcome for fact in facts}


def _next(profile: Profile, facts: int) -> Profile:
    """The version counts the facts that were folded in."""
    return replace(profile, version=profile.version + facts)


def _proto_wallet(phone: Phone, currency: str, since: datetime | None) -> Profile:
    """The first fact about an unknown phone opens a record; its id is this bundle's to give."""
    return Profile(customer_id=f"usr_{uuid.uuid4().hex}", phone=phone, currency=currency, held_since=since)


def _for_its_grant(fact: CustomerFact, account: Account) -> CustomerFact:
    """Under the scope of the grant that it ends, so that the ledger says which one it was."""
    if not isinstance(fact.payload, PromoClosed):
        return fact
    return replace(fact, scope=scope_of_end(account.grants.values(), fact.payload.grant_id, fact.scope))


def _needs_history(fact: CustomerFact) -> bool:
    """Whether what it changes may lie under the absorbed customer's own id still."""
    return bool(fact.scope) or is_state(fact.payload) or isinstance(fact.payload, PromoGranted | PromoClosed)
