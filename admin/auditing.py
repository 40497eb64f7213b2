"""The recount of one enterprise: every customer from the ledger, every figure from the customers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from admin.stack import Stack
from admin.store import rebuild_of
from customers.domain.enterprise import Settings
from customers.domain.refusals import Contended, Invalid
from customers.domain.tally import Counted, Day, figures, tally
from customers.domain.terms import search_terms
from customers.store import dynamo
from customers.store.derived_rows import Note, counted_of, note_key, note_of, term_row
from customers.store.figures import Figures
from customers.store.rebuild import Rebuilt
from customers.store.records import TRANSACTIONS, transaction_of
from customers.store.rows import Item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AT_ONCE = 8
"""Customers read at the same time."""
WINDOW = 256
"""Customers in hand, so that memory does not grow with their number."""


@dataclass
class Recounted:
    """One customer: what is wrong, whether derived data is still behind, and what the figures should hold."""

    customer_id: str
    entries: int = 0
    balance_minor: int = 0
    locked_minor: int = 0
    wrong: list[str] = field(default_factory=list)
    behind: bool = False
    figures: Figures = field(default_factory=Figures)


class Recount:
    """Reads only. Facts may go on being applied: who is written to meanwhile is read again."""

    def __init__(self, stack: Stack, enterprise: str, settings: Settings) -> None:
        self._client: DynamoDBClient = stack.client("dynamodb")
        self._derived = stack.tables["derived"]
        self._rebuild = rebuild_of(stack)
        self._enterprise = enterprise
        self._currency = settings.currency

    def customers(self) -> Iterator[Recounted]:
        """Every customer, some at a time."""
        ids = self._rebuild.customer_ids(self._enterprise)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            while window := list(islice(ids, WINDOW)):
                yield from pool.map(self.customer, window)

    def customer(self, customer_id: str) -> Recounted:
        """One customer, from the ledger on."""
        recounted = Recounted(customer_id)
        try:
            rebuilt = self._rebuild.compare(self._enterprise, customer_id, self._currency)
        except Invalid as refusal:
            recounted.wrong.append(str(refusal))
            return recounted
        except Contended:
            recounted.behind = True
            return recounted
        if rebuilt.differences:
            recounted.wrong.append(f"not as the ledger has it: {', '.join(rebuilt.differences)}")
        recounted.entries = sum(sk.startswith("ledger#") for sk in rebuilt.records)
        recounted.balance_minor = rebuilt.profile.balance_minor
        recounted.locked_minor = rebuilt.profile.locked_promo_minor
        self._compare_note(recounted, rebuilt)
        for sk, row in rebuilt.records.items():
            if sk.startswith(TRANSACTIONS):
                _count(recounted, sk, row)
        return recounted

    def _compare_note(self, recounted: Recounted, rebuilt: Rebuilt) -> None:
        keys = [note_key(self._enterprise, recounted.customer_id)]
        note = note_of(next(iter(dynamo.get_all(self._client, self._derived, keys)), None))
        if rebuilt.stored:
            should = Note(
                counts=tally(rebuilt.stored), terms=search_terms(rebuilt.stored), phone=rebuilt.stored.phone.e164
            )
            recounted.behind = not should.holds(note)
        recounted.figures.add_note(note)
        for term in note.terms:
            recounted.figures.add_term(term_row(self._enterprise, term, recounted.customer_id, note.phone or ""))


def _count(recounted: Recounted, sk: str, row: Item) -> None:
    """What the days hold of a transaction, by what is noted in its row."""
    transaction = transaction_of(row)
    counted = counted_of(row["counted"]["S"]) if "counted" in row else None
    if "uncounted" in row:
        recounted.behind = True
    elif counted != Counted.of(transaction):
        recounted.wrong.append(f"counted as what it is not: {sk}")
    for day, counts in figures(transaction.kind, counted).items():
        recounted.figures.sums.setdefault(day, Counter()).update(counts)


def add(whole: Figures, share: Figures) -> None:
    """Add one customer's figures to the enterprise's."""
    for day, counts in share.sums.items():
        whole.sums.setdefault(day, Counter()).update(counts)
    whole.noted.update(share.noted)
    whole.terms += share.terms
    whole.print = (whole.print + share.print) % 2**128


def differences(expected: Figures, stored: Figures) -> Iterator[str]:
    """What the Derived table holds otherwise than it should."""
    for day in sorted({*expected.sums, *stored.sums, None}, key=_order):
        should = expected.sums.get(day, Counter()) if day else expected.noted
        has = stored.sums.get(day, Counter())
        for name in sorted({*should, *has}):
            if should[name] != has[name]:
                yield f"{_named(day)}: {name} is {has[name]:,} and should be {should[name]:,}"
    if expected.noted != stored.noted:
        yield "notes: there are some of customers who do not exist"
    if (expected.terms, expected.print) != (stored.terms, stored.print):
        yield f"search terms: there are {stored.terms:,} and should be {expected.terms:,}, or some say another phone"


def _order(day: Day | None) -> tuple[str, str]:
    return (day.date, day.branch_id or "") if day else ("", "")


def _named(day: Day | None) -> str:
    if day is None:
        return "totals"
    return f"{day.date}, branch {day.branch_id}" if day.branch_id else day.date
