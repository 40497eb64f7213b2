"""From the bodies of a batch of changes to what came of each: customers settled together, a bucket page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from customers.domain.stats.customer_refs import Bucket, CustomerRef, History, Waiting
from customers.edge.messaging.outcomes import Outcome, Take, reading, tried


def settling(
    read: Callable[[str], Waiting],
    settle: Callable[[Iterable[CustomerRef]], Mapping[CustomerRef, Exception]],
    page: Callable[[Bucket], tuple[Sequence[CustomerRef], Bucket | None]],
    history: Callable[[History], tuple[Sequence[CustomerRef], History | None]],
    keep: Callable[[Iterable[Waiting]], None],
) -> Take:
    """What settles the changes of a batch.

    `page` finds the first customers of a bucket, `history` the first purchases of a customer; both also where the
    others begin.
    """

    def turn(bucket: Bucket) -> str:
        """Settles a page. The rest of the bucket waits, and who could not be settled waits alone."""
        customers, rest = page(bucket)
        left: list[Waiting] = [*settle(customers)]
        if bucket.days:
            left += [History(each.enterprise, each.customer_id) for each in customers]
        keep([*left, rest] if rest else left)
        return "page_settled"

    def recount(part: History) -> str:
        """Counts a page of a customer's purchases and refunds anew. The rest waits."""
        transactions, rest = history(part)
        left: list[Waiting] = [*settle(transactions)]
        keep([*left, rest] if rest else left)
        return "history_settled"

    def act(told: Sequence[Waiting]) -> Mapping[Waiting, Outcome]:
        failed = settle([each for each in told if isinstance(each, CustomerRef)])
        outcomes: dict[Waiting, Outcome] = {}
        for each in told:
            match each:
                case Bucket():
                    outcomes[each] = tried(turn, each)
                case History():
                    outcomes[each] = tried(recount, each)
                case _:
                    outcomes[each] = failed.get(each, "settled")
        return outcomes

    return reading(read, act)
