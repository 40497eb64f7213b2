"""From the bodies of a batch of changes to what came of each: customers settled together, a bucket page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from customers.domain.stats.customer_refs import Bucket, CustomerRef
from customers.edge.messaging.outcomes import Outcome, Take, reading, tried

Waiting = CustomerRef | Bucket


def reconciling(
    read: Callable[[str], Waiting],
    reconcile: Callable[[Iterable[CustomerRef]], Mapping[CustomerRef, Exception]],
    page: Callable[[Bucket], tuple[Sequence[CustomerRef], Bucket | None]],
    keep: Callable[[Iterable[Waiting]], None],
) -> Take:
    """What settles the changes of a batch. `page` finds the first of a bucket and where the others begin."""

    def turn(bucket: Bucket) -> str:
        """Settles a page. The rest of the bucket waits, and who could not be settled waits alone."""
        customers, rest = page(bucket)
        left: list[Waiting] = [*reconcile(customers)]
        keep([*left, rest] if rest else left)
        return "page_settled"

    def act(told: Sequence[Waiting]) -> Mapping[Waiting, Outcome]:
        failed = reconcile([each for each in told if isinstance(each, CustomerRef)])
        return {each: tried(turn, each) if isinstance(each, Bucket) else failed.get(each, "settled") for each in told}

    return reading(read, act)
