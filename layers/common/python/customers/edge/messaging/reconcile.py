"""Reconciles a batch of changes: customers together, a bucket page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from customers.domain.stats.customer_refs import Bucket, CustomerRef, History, Waiting
from customers.edge.messaging.outcomes import Outcome, Take, reading, tried


def reconciling(
    read: Callable[[str], Waiting],
    reconcile: Callable[[Iterable[CustomerRef]], Mapping[CustomerRef, Exception]],
    page: Callable[[Bucket], tuple[Sequence[CustomerRef], Bucket | None]],
    history: Callable[[History], tuple[Sequence[CustomerRef], History | None]],
    keep: Callable[[Iterable[Waiting]], None],
) -> Take:
    """Reconciles the changes of a batch.

    `page` returns the first customers of a bucket and the rest of it; `history` the first purchases and refunds of a
    customer and the rest of them.
    """

    def turn(bucket: Bucket) -> str:
        """Reconciles a page. The rest of the bucket waits in the queue, and so does each failed customer."""
        customers, rest = page(bucket)
        left: list[Waiting] = [*reconcile(customers)]
        if bucket.days:
            left += [History(each.enterprise, each.customer_id) for each in customers]
        keep([*left, rest] if rest else left)
        return "page_settled"

    def recount(part: History) -> str:
        """Counts a page of a customer's purchases and refunds again. The rest waits in the queue."""
        transactions, rest = history(part)
        left: list[Waiting] = [*reconcile(transactions)]
        keep([*left, rest] if rest else left)
        return "history_settled"

    def act(references: Sequence[Waiting]) -> Mapping[Waiting, Outcome]:
        failed = reconcile([each for each in references if isinstance(each, CustomerRef)])
        outcomes: dict[Waiting, Outcome] = {}
        for each in references:
            match each:
                case Bucket():
                    outcomes[each] = tried(turn, each)
                case History():
                    outcomes[each] = tried(recount, each)
                case _:
                    outcomes[each] = failed.get(each, "settled")
        return outcomes

    return reading(read, act)
