"""Reconciles a batch of changes: customers together, a message about many of them page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from customers.domain.stats.customer_refs import Bucket, CustomerRef, Due, History, Waiting
from customers.edge.messaging.outcomes import Outcome, Take, reading, tried


class Pages(Protocol):
    """Returns the first customers or transactions that a message stands for, and the rest of the message."""

    def bucket_page(self, bucket: Bucket) -> tuple[list[CustomerRef], Bucket | None]: ...

    def history_page(self, history: History) -> tuple[list[CustomerRef], History | None]: ...

    def due_page(self, due: Due) -> tuple[list[CustomerRef], Due | None]: ...

    def due_buckets(self, due: Due) -> list[Due]: ...


def reconciling(
    read: Callable[[str], Waiting],
    reconcile: Callable[[Iterable[CustomerRef]], Mapping[CustomerRef, Exception]],
    pages: Pages,
    keep: Callable[[Iterable[Waiting]], None],
) -> Take:
    """Reconciles the changes of a batch. The rest of a message waits in the queue, and so does each that failed."""

    def settle(part: Sequence[CustomerRef], rest: Waiting | None, more: Iterable[Waiting] = ()) -> None:
        left: list[Waiting] = [*reconcile(part), *more]
        keep([*left, rest] if rest else left)

    def turn(bucket: Bucket) -> str:
        customers, rest = pages.bucket_page(bucket)
        histories = [History(each.enterprise, each.customer_id) for each in customers] if bucket.days else []
        settle(customers, rest, histories)
        return "page_settled"

    def recount(part: History) -> str:
        settle(*pages.history_page(part))
        return "history_settled"

    def look(due: Due) -> str:
        """First of all, each bucket in which somebody is due becomes a message of its own."""
        if not due.bucket:
            keep(pages.due_buckets(due))
            return "day_begun"
        settle(*pages.due_page(due))
        return "due_settled"

    def act(references: Sequence[Waiting]) -> Mapping[Waiting, Outcome]:
        failed = reconcile([each for each in references if isinstance(each, CustomerRef)])
        return {each: _outcome(each, failed, turn, recount, look) for each in references}

    return reading(read, act)


def _outcome(
    waiting: Waiting,
    failed: Mapping[CustomerRef, Exception],
    turn: Callable[[Bucket], str],
    recount: Callable[[History], str],
    look: Callable[[Due], str],
) -> Outcome:
    match waiting:
        case Bucket():
            return tried(turn, waiting)
        case History():
            return tried(recount, waiting)
        case Due():
            return tried(look, waiting)
        case _:
            return failed.get(waiting, "settled")
