"""How contributions are packed into transactions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from customers.store.dynamodb.transactions import AT_ONCE
from customers.store.stats.contributions import Contribution


def batches(contributions: Iterable[Contribution]) -> Iterator[list[Contribution]]:
    """As many contributions of one enterprise as one transaction takes. Those to the same sum share an item."""
    batch: list[Contribution] = []
    places: set[object] = set()
    items = 0
    for each in sorted(contributions, key=lambda each: each.change.enterprise):
        more = len(each.writes) + len(each.adds.keys() - places)
        if batch and (each.change.enterprise != batch[0].change.enterprise or items + more > AT_ONCE):
            yield batch
            batch, places, items = [], set(), 0
            more = len(each.writes) + len(each.adds)
        batch.append(each)
        places |= each.adds.keys()
        items += more
    if batch:
        yield batch
