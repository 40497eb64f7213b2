"""Many customers at once, laid down as the fold and the deriver would have, without the facts that made them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from mypy_boto3_dynamodb import DynamoDBClient

from customers.domain.customers.profile import Profile
from customers.domain.search.terms import DISABLED, search_terms
from customers.store.customers.rows import customer_rows
from customers.store.stats.derived_rows import term_row
from tests.support.books import CUSTOMERS, DERIVED
from tests.support.dynamodb.in_memory import lay


def lay_down(
    _client: DynamoDBClient,
    enterprise: str,
    people: Iterable[Profile],
    kinds: tuple[str, ...] = ("word", "last4", "phone"),
) -> None:
    """Their rows, and what they are found by, of these kinds."""
    rows = [row for each in people for row in _rows(enterprise, each, kinds)]
    for table in (CUSTOMERS, DERIVED):
        lay(table, [row for where, row in rows if where == table])


def _rows(enterprise: str, profile: Profile, kinds: tuple[str, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
    for row in customer_rows(enterprise, profile):
        yield CUSTOMERS, row
    for term in search_terms(profile):
        if term.removeprefix(DISABLED).startswith(kinds):
            yield DERIVED, term_row(enterprise, term, profile.customer_id, profile.phone.e164)
