"""Histories through the tables."""

from __future__ import annotations

from tests.support.books import Books
from tests.support.facts import Told


def tell_all(books: Books, batches: list[list[Told]]) -> None:
    """As the queue does: a fact that must wait comes again, as long as that helps."""
    while batches:
        late = [told for batch in batches for told in books.tell_together(batch)]
        if len(late) == sum(map(len, batches)):
            return
        batches = [late] if late else []
