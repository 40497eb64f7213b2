"""Control totals are compared with what a load's own imports have added to the books."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from admin.facts.source import windows
from admin.loads.reconciling import Found, Reconciling
from admin.stack.refusal import Refusal
from customers.domain.refusals import Refusal as Refused
from customers.wire.facts.codec import read_fact
from customers.wire.facts.incoming import Incoming
from tests.support.books import RECORDS, Books, post_one
from tests.support.facts import LATER, SETTINGS
from tests.support.identity.merging import merge

LAYLA, OMAR, NOUR = "+97433001122", "+97466005566", "+97455003344"
GRANT = {"grant_id": "g-1", "amount_minor": 70, "expires_at": "2031-01-01T00:00:00Z"}
VISITS = ["2026-05-01T10:00:00Z", "2026-05-02T10:00:00Z"]
PEOPLE: dict[str, dict[str, Any]] = {
    LAYLA: {"spendable_minor": 12550, "lifetime_spend_minor": 9_999, "visit_count": 3, "grants": [GRANT]},
    OMAR: {"spendable_minor": 450, "visits": VISITS},
    NOUR: {"name": "Nour"},
}
TOTALS = "#totals customers=3 spendable_minor=13000 locked_promo_minor=70 lifetime_spend_minor=9999 visit_count=5"


class Desk:
    """A file of imports, and the books into which it goes."""

    def __init__(self, books: Books, folder: Path) -> None:
        self.books, self.path = books, folder / "people.jsonl"

    def line(self, phone: str, **fields: Any) -> str:
        said = {
            "fact_id": f"import-{phone}",
            "enterprise_id": self.books.enterprise,
            "occurred_at": "2026-06-01T00:00:00Z",
            "customer": {"phone": phone},
            "source": "old-points",
            **fields,
        }
        return json.dumps({"detail-type": "customer.imported", "source": "partner.import", "detail": said})

    def lines(self) -> list[str]:
        return [self.line(phone, **fields) for phone, fields in PEOPLE.items()]

    def fold(self, *lines: str) -> None:
        for line in lines:
            fact = read_fact(line, LATER)
            assert isinstance(fact, Incoming)
            post_one(self.books.ledger, fact.fact(SETTINGS))

    def find(self, *lines: str) -> Found:
        self.path.write_text("".join(f"{line}\n" for line in lines))
        with self.path.open("rb") as file:
            return Reconciling(self.books.client, RECORDS).find(windows(file, 500), self.path.stat().st_size)


@pytest.fixture
def desk(tables: DynamoDBClient, enterprise: str, tmp_path: Path) -> Desk:
    return Desk(Books(tables, enterprise), tmp_path)


def test_what_the_imports_have_added_is_what_the_totals_state(desk: Desk) -> None:
    desk.fold(*desk.lines())
    assert desk.find(*desk.lines(), TOTALS).differences() == []


def test_live_traffic_before_and_after_makes_no_difference(desk: Desk) -> None:
    desk.books.post("balance.topped_up", customer={"phone": LAYLA}, amount_minor=777)
    desk.fold(*desk.lines())
    desk.books.post("balance.spent", customer={"phone": LAYLA}, amount_minor=1)
    desk.books.post("purchase.completed", customer={"phone": OMAR}, amount_minor=5)
    assert desk.find(*desk.lines(), TOTALS).differences() == []
    assert desk.books.customer(LAYLA).balance_minor == 12550 + 777 - 1


@pytest.mark.parametrize("name", ["customers", "spendable_minor", "locked_promo_minor", "lifetime_spend_minor"])
@pytest.mark.parametrize("by", [1, -1])
def test_a_single_minor_unit_too_many_or_too_few_fails(desk: Desk, name: str, by: int) -> None:
    desk.fold(*desk.lines())
    stated = dict(each.split("=") for each in TOTALS.split()[1:])
    wrong = f"#totals {name}={int(stated[name]) + by}"
    (difference,) = desk.find(*desk.lines(), wrong).differences()
    assert difference.startswith(f"{name}: the control total is")
    assert f"the load added {int(stated[name]):,}" in difference


def test_an_import_that_is_not_applied_fails_and_its_line_is_named(desk: Desk) -> None:
    first, _, last = desk.lines()
    desk.fold(first, last)
    differences = desk.find(*desk.lines(), TOTALS).differences()
    assert differences[-1].startswith("1 imports have not been applied")
    assert differences[-1].endswith("(line 2)")
    assert differences[0] == "customers: the control total is 3, and the load added 2"


def test_figures_that_have_changed_since_an_earlier_load_fail(desk: Desk) -> None:
    desk.fold(*desk.lines())
    changed = [desk.line(LAYLA, spendable_minor=12551), *desk.lines()[1:]]
    with pytest.raises(Refused):
        desk.fold(changed[0])
    assert desk.find(*changed, "#totals spendable_minor=13001").differences() == [
        "spendable_minor: the control total is 13,001, and the load added 13,000"
    ]


def test_a_merge_moves_what_was_added_and_loses_nothing(desk: Desk) -> None:
    desk.fold(*desk.lines())
    layla, omar = (desk.books.customer(phone).customer_id for phone in (LAYLA, OMAR))
    merge(desk.books, layla, omar)
    assert desk.find(*desk.lines(), TOTALS).differences() == []


def test_without_totals_nothing_is_compared(desk: Desk) -> None:
    assert desk.find(*desk.lines()).stated is None


def test_totals_that_are_not_in_the_last_line_are_refused(desk: Desk) -> None:
    desk.fold(*desk.lines())
    for lines in (desk.lines(), [*desk.lines(), TOTALS]):
        with pytest.raises(Refusal, match="not in the last line"):
            desk.find(TOTALS, *lines)
    with pytest.raises(Refusal, match="not in the last line"):
        desk.find(*[desk.line(f"+9747000{number:04}") for number in range(500)], TOTALS, *desk.lines())


def test_an_unknown_total_is_named(desk: Desk) -> None:
    desk.fold(*desk.lines())
    (difference,) = desk.find(*desk.lines(), "#totals points=7").differences()
    assert difference.startswith("points: is no control total")
