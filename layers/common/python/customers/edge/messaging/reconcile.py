"""Reconciles a batch of changes: customers together, a bucket page by page."""

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
    """Reconciles the changes of a batch. `page` returns the first customers of a bucket and the rest of it."""

    def turn(bucket: Bucket) -> str:
        """Reconciles a page. The rest of the bucket waits in the queue, and so does each failed customer."""
        customers, rest = page(bucket)
        left: list[Waiting] = [*reconcile(customers)]
        keep([*left, rest] if rest else left)
        return "page_settled"

    def act(references: Sequence[Waiting]) -> Mapping[Waiting, Outcome]:
        failed = reconcile([each for each in references if isinstance(each, CustomerRef)])
        return {
            each: tried(turn, each) if isinstance(each, Bucket) else failed.get(each, "settled") for each in references
        }

    return reading(read, act)
