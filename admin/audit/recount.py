"""Recount one enterprise: every customer from the ledger, every total from the customers."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, cast

from admin.stack.location import Stack
from admin.stack.store import rebuild_of
from customers.domain.customers.badge import Badge, explain_badge
from customers.domain.customers.profile import Profile
from customers.domain.enterprise import Settings
from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import Conflict, ValidationError
from customers.domain.stats.active_days import first_active_day
from customers.domain.stats.contributions import Counted, transaction_contributions
from customers.domain.stats.counting_rules import CountingRules
from customers.domain.stats.customer_refs import CustomerRef
from customers.domain.time_zones import local_date, midnight
from customers.store.audit.differences import Rebuilt
from customers.store.audit.together import NotReadError, Window
from customers.store.dynamodb import reads
from customers.store.dynamodb.items import Item
from customers.store.records.absorbed_rows import ABSORBED
from customers.store.records.keys import owner_of
from customers.store.records.ledger_rows import is_folded
from customers.store.records.transaction_rows import TRANSACTIONS, transaction_of
from customers.store.stats.badge_reports import badge_now
from customers.store.stats.contributions import absorbed_note, note_about
from customers.store.stats.derived_rows import Note, counted_of, note_key, note_of, term_row
from customers.store.stats.derived_totals import DerivedTotals

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AT_ONCE = 8
"""Customers who are read again at the same time."""


@dataclass
class Recounted:
    """One customer: what is wrong, whether derived data is still behind, and what the figures should hold."""

    customer_id: str
    entries: int = 0
    balance_minor: int = 0
    locked_minor: int = 0
    forfeited_minor: int = 0
    wrong: list[str] = field(default_factory=list)
    refused: bool = False
    """Whether the ledger cannot be followed: then there are no figures."""
    behind: bool = False
    uncounted: list[CustomerRef] = field(default_factory=list)
    """Transactions and absorbed customers that are not counted, or as something else."""
    badge: Badge | None = None
    """By the customer's row, as of the last midnight (UTC); None for a disabled customer."""
    figures: DerivedTotals = field(default_factory=DerivedTotals)


class Recount:
    """Only reads. Facts may continue to arrive: a customer that changes meanwhile is read again."""

    def __init__(self, stack: Stack, enterprise: str, settings: Settings, now: datetime) -> None:
        self._client: DynamoDBClient = stack.client("dynamodb")
        self._derived = stack.tables["derived"]
        self._rebuild = rebuild_of(stack)
        self._enterprise = enterprise
        self._settings = settings
        self._now = now
        self._today = local_date(now, settings.time_zone)
        self.first_active = first_active_day(now, settings.time_zone)
        """The first day of which active customers are counted."""

    def customers(self) -> Iterator[Recounted]:
        """Every customer. They are read together; one with whom something is wrong is read again alone."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for window in reads.ahead(self._rebuild.windows(self._enterprise)):
                seen = {each: self._seen(window, each) for each in window.customer_ids}
                yield from (each for each in seen.values() if each)
                yield from pool.map(self.customer, [customer_id for customer_id, each in seen.items() if not each])

    def _seen(self, window: Window, customer_id: str) -> Recounted | None:
        """A customer with whom all is well, by what a window holds: None for all others."""
        within = copy(self)
        within._client, within._rebuild = cast("DynamoDBClient", window), self._rebuild.within(window)
        try:
            seen = within.customer(customer_id)
        except NotReadError:
            return None
        return None if seen.wrong or seen.behind else seen

    def reference(self, customer_id: str) -> CustomerRef:
        """By which the reconciler finds a customer."""
        return CustomerRef(self._enterprise, customer_id)

    def customer(self, customer_id: str) -> Recounted:
        """One customer, from the ledger on."""
        recounted = Recounted(customer_id)
        try:
            rebuilt = self._rebuild.compare(
                self._enterprise, customer_id, self._settings.currency, self._settings.time_zone
            )
        except ValidationError as refusal:
            recounted.wrong.append(str(refusal))
            recounted.refused = True
            return recounted
        except Conflict:
            recounted.behind = True
            return recounted
        if rebuilt.differences:
            recounted.wrong.append(f"differs from the ledger: {', '.join(rebuilt.differences)}")
        recounted.entries = sum(map(is_folded, rebuilt.records.values()))
        recounted.balance_minor = rebuilt.profile.balance_minor
        recounted.forfeited_minor = rebuilt.profile.forfeited_minor
        recounted.locked_minor = 0 if recounted.forfeited_minor else rebuilt.profile.locked.at(self._now)
        self._compare_note(recounted, rebuilt)
        for sk, row in rebuilt.records.items():
            if sk.startswith(TRANSACTIONS):
                self._count(recounted, sk, row)
            elif sk.startswith(ABSORBED):
                self._compare_absorbed(recounted, row)
        return recounted

    def _compare_absorbed(self, recounted: Recounted, row: Item) -> None:
        """An absorbed customer has no figures, and is found by the phone."""
        absorbed_id = row["sk"]["S"].removeprefix(ABSORBED)
        note = self._note(absorbed_id)
        if "phone" in row and not absorbed_note(Phone(row["phone"]["S"])).holds(note.since(self.first_active)):
            recounted.behind = True
            recounted.uncounted.append(self.reference(absorbed_id))
        for term in note.terms:
            recounted.figures.add_term(term_row(self._enterprise, term, absorbed_id, note.phone or ""))

    def _note(self, customer_id: str) -> Note:
        keys = [note_key(self._enterprise, customer_id)]
        return note_of(next(iter(reads.get_all(self._client, self._derived, keys)), None))

    def _compare_note(self, recounted: Recounted, rebuilt: Rebuilt) -> None:
        note = self._note(recounted.customer_id)
        if rebuilt.stored:
            rules = CountingRules.of(self._settings)
            expected, noted = note_about(rebuilt.stored, rules, self._now), note.since(self.first_active)
            recounted.behind = not expected.holds(noted) or self._is_untold(rebuilt, note, rules)
            recounted.badge = _badge(rebuilt.stored, self._settings, self._today)
        recounted.figures.add_note(note)
        for term in note.terms:
            recounted.figures.add_term(term_row(self._enterprise, term, recounted.customer_id, note.phone or ""))

    def _is_untold(self, rebuilt: Rebuilt, note: Note, rules: CountingRules) -> bool:
        """Whether a change of the badge has not been reported. What time changes today may still come today."""
        _, changes = badge_now(note.badge, note.figures, rebuilt.stored, rules, self._now)
        return any(each.cause != "time" or each.day < self._today for each in changes)

    def _count(self, recounted: Recounted, sk: str, row: Item) -> None:
        """A transaction's part in the daily totals, by the note in its row."""
        transaction, zone = transaction_of(row), self._settings.time_zone
        ref = CustomerRef(self._enterprise, owner_of(row), row["sk"]["S"])
        counted = counted_of(row["counted"]["S"]) if "counted" in row else None
        if "uncounted" in row:
            recounted.behind = True
            recounted.uncounted.append(ref)
        elif counted and replace(counted, date="") == replace(Counted.of(transaction, zone), date=""):
            # After a change of the time zone the days are counted again, customer by customer.
            recounted.behind |= counted != Counted.of(transaction, zone)
        else:
            recounted.wrong.append(f"counted wrongly: {sk}")
            recounted.uncounted.append(ref)
        for place, counts in transaction_contributions(transaction.kind, counted).items():
            recounted.figures.add_sum(place, counts)


def _badge(profile: Profile, settings: Settings, today: date) -> Badge | None:
    if profile.disabled or profile.erased:
        return None
    return explain_badge(profile.activity, settings.badge, midnight(today, settings.time_zone)).badge
