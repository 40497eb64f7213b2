"""Applying facts: ledger entries, fact records and the projection in one transaction."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from customers.domain.customers.profile import Erased, Profile
from customers.domain.facts.account import Account, scope_of_end
from customers.domain.facts.fact import CustomerFact, LedgerEntry, PromoClosed, PromoGranted
from customers.domain.facts.fact_types import is_money, is_state
from customers.domain.facts.projection import fold_all
from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import Conflict, NotYet, Refusal
from customers.domain.replay import is_outdated, restate
from customers.ids import new_customer_id
from customers.retries import retry_on_conflict
from customers.store.customers.pointers import count_late
from customers.store.customers.row_writes import replace_customer
from customers.store.dynamodb import transactions
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.transactions import ConditionFailed, one_per_item
from customers.store.facts.accounts import Accounts, StoredAccount
from customers.store.facts.customer_finder import CustomerFinder, Found
from customers.store.facts.fact_groups import Outcome, groups, in_order, same_outcome
from customers.store.facts.fact_writes import FactWrites
from customers.store.facts.identifier_holders import HoldersByIdentifier
from customers.store.facts.ledger_entries import LedgerEntries
from customers.store.facts.provider_id_ownership import ownership_change

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ATTEMPTS = 10
"""Optimistic attempts before facts go back to their queue."""


class Ledger:
    """The Records table, and the Customers rows that are folded from it."""

    def __init__(self, client: DynamoDBClient, customers: str, records_table: str, secret: str) -> None:
        self._client = client
        self._entries = LedgerEntries(client, records_table)
        self._identifier_holders = HoldersByIdentifier(client, records_table, secret)
        self._finder = CustomerFinder(client, customers, records_table, self._identifier_holders)
        self._accounts = Accounts(client, records_table, self._finder)
        self._writes = FactWrites(records_table)
        self._customers = customers
        self._records = records_table

    @classmethod
    def connect(cls) -> Ledger:
        """The tables named by `CUSTOMERS_TABLE` and `RECORDS_TABLE`, and `PSEUDONYM_SECRET`."""
        customers, records_table = os.environ["CUSTOMERS_TABLE"], os.environ["RECORDS_TABLE"]
        return cls(connect(), customers, records_table, os.environ["PSEUDONYM_SECRET"])

    def post(self, facts: Sequence[CustomerFact]) -> list[Outcome]:
        """Apply facts that name one customer in one way, each once, while others may write the same customer.

        Raises `Conflict`, `Unavailable`: send all of them again later; those that were applied will be duplicates.
        """
        outcomes: dict[str, Outcome] = {}
        pending = {fact.order.fact_id: fact for fact in facts}

        def attempt() -> None:
            for group in groups(pending.values()):
                with suppress(Conflict):
                    outcomes.update(self._try(group))
            for fact_id in outcomes:
                pending.pop(fact_id, None)
            if pending:
                raise Conflict

        retry_on_conflict(attempt, ATTEMPTS)
        return in_order(facts, outcomes)

    def _try(self, facts: list[CustomerFact]) -> dict[str, Outcome]:
        """One attempt at one transaction. Facts without an outcome lost a race, or are left to the next attempt."""
        enterprise, about = facts[0].enterprise, facts[0].about
        found, facts = self._found(facts)
        profile = found.profile
        if profile is None and not isinstance(about, Phone):
            return same_outcome(facts, NotYet("customer", "no such customer is known yet"))
        if profile and profile.erased:
            return self._late(facts, profile, profile.erased)
        held_up = [fact for fact in facts if profile and profile.pending_migrations and _needs_history(fact)]
        if held_up:
            return same_outcome(
                held_up, NotYet("customer", "has been merged, and the history is still being brought over")
            )
        stored = self._stored(facts, found)
        customer_id = stored.account.profile.customer_id
        # Only a link changes an ownership, and it is alone in its group.
        ownership = ownership_change(self._finder, self._customers, self._records, facts[0], customer_id)
        before = replace(stored.account, outclaimed=ownership.outclaimed)
        after, folded, refused = self._fold(before, facts)
        if not folded:
            return dict(refused)
        is_new = profile is None
        writes = [
            *self._writes.records(folded, customer_id),
            *self._writes.entries(folded, customer_id),
            *replace_customer(self._customers, enterprise, profile, _next(after.profile, len(folded))),
            *self._writes.changes(enterprise, stored, after, is_new=is_new),
            *([self._identifier_holders.require(enterprise, after.profile.phone, found.former)] if is_new else []),
            *ownership.writes,
        ]
        return {**refused, **self._commit(folded, writes)}

    def _late(self, facts: list[CustomerFact], left: Profile, erased: Erased) -> dict[str, Outcome]:
        """Facts about an erased customer: money changes the residual row, and nothing personal is kept."""
        enterprise, customer_id = facts[0].enterprise, left.customer_id
        if erased.outcome == "hard_deleted":
            late = count_late(self._records, enterprise, customer_id, len(facts))
            return self._commit(facts, [*self._writes.records(facts), late])
        money = [fact for fact in facts if is_money(fact.payload)]
        stored = self._accounts.stored(money, left) if money else StoredAccount(Account(left))
        after, folded, refused = self._fold(stored.account, money)
        scrubbed = [fact for fact in facts if not is_money(fact.payload)]
        kept = [*folded, *scrubbed]
        if not kept:
            return dict(refused)
        writes = [
            *self._writes.records(kept, customer_id),
            *self._writes.entries(folded, customer_id),
            *self._writes.scrubbed_entries(scrubbed, customer_id),
            *replace_customer(self._customers, enterprise, left, _next(after.profile, len(kept))),
            *self._writes.changes(enterprise, stored, after, is_new=False),
        ]
        return {**refused, **self._commit(kept, writes)}

    def _found(self, facts: list[CustomerFact]) -> tuple[Found, list[CustomerFact]]:
        """The customer whom the first fact names, and the facts that name the same: a phone may have had others."""
        first = facts[0].order.occurred_at
        found = self._finder.find(facts[0].enterprise, facts[0].about, first)
        holder = found.former.holder
        same = [fact for fact in facts if holder(fact.order.occurred_at) == holder(first)]
        if found.profile and found.profile.erased and isinstance(facts[0].about, Phone) and not found.former.holders:
            # By a phone that is still to be freed: what happened since the erasure is about the next holder.
            same = [fact for fact in same if fact.order.occurred_at < found.profile.erased.at]
        return found, [replace(fact, scope=found.scope) for fact in same]

    def _stored(self, facts: list[CustomerFact], found: Found) -> StoredAccount:
        if found.profile:
            return self._accounts.stored(facts, found.profile)
        assert isinstance(facts[0].about, Phone)  # noqa: S101 - nothing else opens a record
        return StoredAccount(Account(_proto_wallet(facts[0].about, facts[0].books, found.former.last_until)))

    def _fold(
        self, before: Account, facts: list[CustomerFact]
    ) -> tuple[Account, list[CustomerFact], dict[str, Refusal]]:
        """Facts from before a merge are folded alone, together with the whole ledger; others as usual."""
        facts = [_for_its_grant(fact, before) for fact in facts]
        outdated = [fact for fact in facts if is_outdated(before, fact.payload, fact.order)]
        if not outdated:
            return fold_all(before, facts)
        entries = self._entries.entries(facts[0].enterprise, before.profile.customer_id)
        late = [LedgerEntry(fact.order, fact.type, fact.payload, fact.scope) for fact in outdated]
        return restate(before, [*entries, *late]), outdated, {}

    def _commit(self, facts: list[CustomerFact], writes: list[Any]) -> dict[str, Outcome]:
        """The records of the facts come first: a failed one means that its fact was applied before."""
        try:
            transactions.commit(self._client, one_per_item(writes))
        except ConditionFailed as failed:
            return same_outcome([facts[each] for each in failed.positions if each < len(facts)], "duplicate")
        return same_outcome(facts, "applied")


def _next(profile: Profile, facts: int) -> Profile:
    """The version counts the facts that were folded in."""
    return replace(profile, version=profile.version + facts)


def _proto_wallet(phone: Phone, currency: str, since: datetime | None) -> Profile:
    """The first fact about an unknown phone opens a record."""
    return Profile(customer_id=new_customer_id(), phone=phone, currency=currency, held_since=since)


def _for_its_grant(fact: CustomerFact, account: Account) -> CustomerFact:
    """Under the scope of the grant that it ends, so that the ledger says which grant it was."""
    if not isinstance(fact.payload, PromoClosed):
        return fact
    return replace(fact, scope=scope_of_end(account.grants.values(), fact.payload.grant_id, fact.scope))


def _needs_history(fact: CustomerFact) -> bool:
    """Whether what it changes may still lie under the absorbed customer's own id."""
    return bool(fact.scope) or is_state(fact.payload) or isinstance(fact.payload, PromoGranted | PromoClosed)
