"""What is left of a history when the person is taken out of it: the books, and that something was said.

Names what stays, not what goes: an attribute that is new, and nobody has thought of here, goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from customers.domain.events.recorded import ENTRY

_NUMBERS = ("amount_minor", "currency", "purchase_id", "refund_id", "grant_id", "branch_id", "expires_at")
_EVENT = ("branch_id", "recorded_at", "opened_at")
_KEPT: Mapping[str, tuple[str, ...]] = {
    "customer.registered": ("member_since",),
    "customer.merged": ("absorbed_customer_id",),
    **{f"purchase.{end}": _NUMBERS for end in ("completed", "refunded")},
    **{f"balance.{way}": _NUMBERS for way in ("topped_up", "spent", "settled")},
    **{f"promo.{step}": _NUMBERS for step in ("granted", "released", "expired")},
}
"""Of each type of entry what stays of its detail; of one that is not here nothing does."""


def is_of_books(kind: str) -> bool:
    """Whether figures follow from an entry, so that it stays as it is."""
    return _KEPT.get(kind) == _NUMBERS


def scrubbed(kind: str, detail: Mapping[str, Any]) -> dict[str, Any]:
    """The detail of an entry without the person. What has been scrubbed stays as it is."""
    kept = _EVENT if kind.startswith(ENTRY) else _KEPT.get(kind, ())
    return {name: detail[name] for name in kept if name in detail}
