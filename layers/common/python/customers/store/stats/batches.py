"""How contributions are packed into transactions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from customers.store.dynamodb.transactions import AT_ONCE
from customers.store.stats.contributions import Contribution
from customers.store.stats.sum_rows import shared_place


def batches(contributions: Iterable[Contribution]) -> Iterator[list[Contribution]]:
    """As many contributions of one enterprise as one transaction takes. Those to the same row share an item."""
    batch: list[Contribution] = []
    places: set[object] = set()
    items = 0
    for each in sorted(contributions, key=lambda each: each.change.enterprise):
        rows = {shared_place(place) for place in each.adds}
        more = len(each.writes) + len(rows - places)
        if batch and (each.change.enterprise != batch[0].change.enterprise or items + more > AT_ONCE):
            yield batch
            batch, places, items = [], set(), 0
            more = len(each.writes) + len(rows)
        batch.append(each)
        places |= rows
        items += more
    if batch:
        yield batch
