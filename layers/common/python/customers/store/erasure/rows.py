"""The Erasures table: the ledger of erasures, and which erasure waits for a customer's money.

The table is kept apart from everything else that is kept of a person, and is restored on its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from customers.domain.erasure.plan import Erasure
from customers.domain.instants import sortable_instant
from customers.store.dynamodb.items import Item, instant_of


def erasure_key(enterprise: str, erasure_id: str) -> Item:
    return {"pk": {"S": enterprise}, "sk": {"S": erasure_id}}


def waiting_key(enterprise: str, customer_id: str) -> Item:
    """The key of the erasure that waits for a customer's money to be settled. No erasure id begins so."""
    return {"pk": {"S": enterprise}, "sk": {"S": f"waiting#{customer_id}"}}


def erasure_row(enterprise: str, erasure: Erasure, names: Sequence[str] = ()) -> Item:
    """An entry, or its next version. `names`: the pseudonyms of the person's phone and provider ids."""
    row: Item = {
        **erasure_key(enterprise, erasure.id),
        "customer_id": {"S": erasure.customer_id},
        "prior_state": {"S": erasure.prior_state},
        "requested_at": {"S": sortable_instant(erasure.requested_at)},
        "place": {"S": f"{sortable_instant(erasure.requested_at)}#{erasure.id}"},
        "status": {"S": erasure.status},
    }
    if erasure.outcome:
        row["outcome"] = {"S": erasure.outcome}
    if erasure.erased_at:
        row["erased_at"] = {"S": sortable_instant(erasure.erased_at)}
    if names:
        row["names"] = {"L": [{"S": each} for each in names]}
    return row


def names_in(row: Item) -> list[str]:
    """The pseudonyms in an entry."""
    return [each["S"] for each in row.get("names", {}).get("L", [])]


def erasure_of(row: Item) -> Erasure:
    """The inverse of `erasure_row`."""
    requested_at = instant_of(row, "requested_at")
    assert requested_at  # noqa: S101 - every erasure was requested
    return Erasure(
        row["sk"]["S"],
        row["customer_id"]["S"],
        row["prior_state"]["S"],
        requested_at,
        row["status"]["S"],
        row["outcome"]["S"] if "outcome" in row else None,
        instant_of(row, "erased_at"),
    )
