"""docs/capacity.md says what the code costs now."""

from __future__ import annotations

import pytest

from tests.support.capacity.counting import counted
from tests.support.capacity.imports import CUSTOMERS
from tests.support.capacity.meter import size
from tests.support.capacity.page import dollars, page
from tests.support.tables import ROOT

pytestmark = pytest.mark.slow


@pytest.mark.thorough
def test_the_page_has_what_is_counted() -> None:
    """If not: make capacity."""
    bills, batches, load = counted()
    assert (ROOT / "docs/capacity.md").read_text() == page(bills, batches, load)
    # A lookup is one strongly consistent read of one unit.
    assert (bills["lookup"].read, bills["lookup"].written) == (1, 0)
    assert dict(bills["lookup"].requests) == {"dynamodb:GetItem": 1}
    # What a sale may cost at most before somebody has to look at it, in US dollars a million.
    assert dollars("lookup", bills["lookup"]) < 6
    assert dollars("purchase", bills["purchase"]) < 25
    # Settings are kept; a batch makes two reads and a transaction for each customer.
    assert [(each.size, each.requests) for each in batches] == [(1, 3), (10, 12), (40, 42)]
    ten = next(each for each in batches if each.size == 10)
    assert ten.derive_written <= 5
    assert ten.fold_written + ten.derive_written <= 14
    # A load: ten imports share two reads and a transaction, and their events share most of what they cost.
    assert sum(load.folded.requests.values()) == 3 * 4
    assert load.folded.written / CUSTOMERS <= 12
    assert load.derived.written / CUSTOMERS <= 18
    assert load.published.written / CUSTOMERS <= 5


def test_an_item_is_as_large_as_dynamodb_says() -> None:
    item = {"pk": {"S": "ab"}, "n": {"N": "1234"}, "l": {"L": [{"S": "x"}]}, "m": {"M": {"k": {"BOOL": True}}}}
    assert size(item) == (2 + 2) + (1 + 3) + (1 + 3 + 2) + (1 + 3 + 3)
