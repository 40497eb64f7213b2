"""A customer as the ledger has it, beside what the tables hold, and where the two differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from customers.domain.customers.profile import Profile
from customers.domain.facts.account import Transaction
from customers.domain.stats.contributions import Counted
from customers.store.audit.missing_rows import NOTHING_MISSING, MissingRows
from customers.store.customers.rows import customer_rows
from customers.store.dynamodb.items import Item
from customers.store.records.ledger_entries import wrong_records
from customers.store.stats.derived_rows import counted_text


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A customer as the ledger has it, beside what the tables hold."""

    profile: Profile
    stored: Profile | None
    row: Item | None = field(repr=False)
    """`stored` as it lies in its table."""
    wrong_attributes: tuple[str, ...]
    """The names of that row's attributes that differ; `copies` where the copies for further provider ids differ."""
    wrong: dict[str, Item | None] = field(repr=False)
    """Records that differ, by name (`name_of`): as they must be; None for one too many."""
    records: dict[str, Item] = field(repr=False)
    """All records of the customer and of the parts as they are, by name."""
    missing: MissingRows = NOTHING_MISSING

    @property
    def differences(self) -> tuple[str, ...]:
        """The names of what differs, without the values."""
        return (*self.wrong_attributes, *sorted(self.wrong), *self.missing.names)


def lost_in(zone: str) -> Callable[[Transaction], str]:
    """What the stats have counted of a transaction whose row is lost: all of it, or they would count it twice.

    `zone` is where the stats count the days. If the row was lost before they counted it, audit names the day.
    """
    return lambda lost: counted_text(Counted.of(lost, zone))


def rebuilt(
    enterprise: str,
    profile: Profile,
    stored: Profile | None,
    row: Item | None,
    copies: Sequence[Item],
    expected_records: Sequence[Item],
    held: dict[str, Item],
) -> Rebuilt:
    """`row` and `copies` are what the Customers table holds, `held` what the Records table holds, by name."""
    return Rebuilt(
        profile,
        stored,
        row,
        _wrong_attributes(customer_rows(enterprise, profile), row, copies),
        wrong_records(expected_records, held, profile.customer_id),
        held,
    )


def _wrong_attributes(rows: Sequence[Item], row: Item | None, copies: Sequence[Item]) -> tuple[str, ...]:
    expected, *expected_copies = rows
    if row is None:
        return ("row",)
    wrong = tuple(sorted(name for name in {*row, *expected} if row.get(name) != expected.get(name)))
    if {each["pk"]["S"]: each for each in copies} != {each["pk"]["S"]: each for each in expected_copies}:
        return (*wrong, "copies")
    return wrong
