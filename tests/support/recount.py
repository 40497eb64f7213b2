"""What a customer's profile must be, counted from all facts at once: slow, plain, and not the fold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from customers.domain.customers.activity import Activity
from tests.support.facts import Told

Said = dict[str, Any]
KEPT = 91 * 86_400
SIGNS = {"balance.topped_up": 1, "balance.spent": -1, "balance.settled": -1}


def recount(history: Sequence[Told]) -> dict[str, Any]:
    """The fields of the profile that facts decide, if every fact was told once."""

    def told(*kinds: str) -> list[Said]:
        return [said for kind, said in history if kind in kinds]

    def latest(*kinds: str, where: Callable[[Said], bool] = lambda _: True) -> Said | None:
        return max(filter(where, told(*kinds)), key=_order, default=None)

    grants = {said["grant_id"]: said for said in sorted(told("promo.granted"), key=_order)}
    ends: dict[str, tuple[Any, str]] = {}
    for kind, said in history:
        if kind in ("promo.released", "promo.expired"):
            ends[said["grant_id"]] = min(ends.get(said["grant_id"], (("~",), "")), (_order(said), kind))
    locked = [said for grant_id, said in grants.items() if grant_id not in ends]
    released = [said for grant_id, said in grants.items() if ends.get(grant_id, ("", ""))[1] == "promo.released"]

    moved = sum(SIGNS[kind] * said["amount_minor"] for kind, said in history if kind in SIGNS)
    name, preferences = latest("customer.registered"), latest("preferences.updated")
    consent, switch = latest("consent.updated"), latest("customer.disabled", "customer.enabled")
    return {
        "name": name["name"] if name else None,
        "member_since": _member_since(told("customer.registered")),
        "verified": bool(told("customer.verified")),
        "disabled": switch is not None and switch in told("customer.disabled"),
        "balance_minor": moved + _sum(released),
        "locked_promo_minor": _sum(locked),
        "locked_until": min((_instant(said["expires_at"]) for said in locked if "expires_at" in said), default=None),
        "preferences": preferences["preferences"] if preferences else {},
        "consent": consent["consent"] if consent else {},
        "provider_ids": _provider_ids(told("provider_id.linked"), told("provider_id.unlinked")),
        "activity": _activity(
            _latest_of_each(told("purchase.completed"), "purchase_id"),
            _latest_of_each(told("purchase.refunded"), "refund_id"),
        ),
    }


def _provider_ids(links: list[Said], unlinks: list[Said]) -> tuple[str, ...]:
    """The 20 that were linked last, of those that were not unlinked since."""
    linked = {said["provider_customer_id"]: _order(said) for said in sorted(links, key=_order)}
    unlinked = {said["provider_customer_id"]: _order(said) for said in sorted(unlinks, key=_order)}
    held = [each for each in linked if each not in unlinked or linked[each] > unlinked[each]]
    return tuple(sorted(sorted(held, key=linked.__getitem__)[-20:]))


def _latest_of_each(said: list[Said], name: str) -> list[Said]:
    """A till may report one purchase under several fact ids: what it said last holds."""
    return list({each[name]: each for each in sorted(said, key=_order)}.values())


def _activity(purchases: list[Said], refunds: list[Said]) -> Activity:
    at = sorted(_instant(said["occurred_at"]) for said in purchases)
    oldest = int(at[-1].timestamp()) - KEPT if at else 0
    recent = tuple(second for second in (int(each.timestamp()) for each in at) if second > oldest)
    return Activity(_sum(purchases) - _sum(refunds), len(purchases), at[-1] if at else None, recent)


def _member_since(registrations: list[Said]) -> datetime | None:
    stated = [said for said in registrations if "member_since" in said]
    if stated:
        return _instant(max(stated, key=_order)["member_since"])
    return min((_instant(said["occurred_at"]) for said in registrations), default=None)


def _order(said: Said) -> tuple[str, str]:
    return said["occurred_at"], said["fact_id"]


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _sum(said: list[Said]) -> int:
    return sum(each["amount_minor"] for each in said)
