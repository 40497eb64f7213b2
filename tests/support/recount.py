"""What a customer's profile must be, counted from all facts at once: slow, plain, and not the fold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from customers.domain.customers.activity import Activity
from customers.domain.customers.locked import Locked
from customers.domain.customers.visits import Visits
from tests.support.facts import Told

Said = dict[str, Any]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KEPT = timedelta(days=91)
SIGNS = {"balance.topped_up": 1, "balance.spent": -1, "balance.settled": -1}


def recount(history: Sequence[Told]) -> dict[str, Any]:
    """The fields of the profile that facts decide, if every fact was told once."""
    imports = [said for kind, said in history if kind == "customer.imported"]
    history = [*_not_included(history), *(told for each in imports for told in _as_single_facts(each))]

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
    # Also an end without a grant, which may be another part's.
    about_grants = [said["occurred_at"] for said in told("promo.granted", "promo.released", "promo.expired")]
    moved = sum(SIGNS[kind] * said["amount_minor"] for kind, said in history if kind in SIGNS)
    names = [said for said in told("customer.registered", "imported.name") if "name" in said]
    name, preferences = max(names, key=_order, default=None), latest("preferences.updated")
    consent, switch = latest("consent.updated"), latest("customer.disabled", "customer.enabled")
    return {
        "name": name["name"] if name else None,
        "member_since": _member_since(told("customer.registered"), told("imported.name"), told("customer.verified")),
        "verified": bool(told("customer.verified")),
        "disabled": switch is not None and switch in told("customer.disabled"),
        "balance_minor": moved + _sum(released),
        "locked": _locked(locked, about_grants),
        "preferences": preferences["preferences"] if preferences else {},
        "consent": consent["consent"] if consent else {},
        "provider_ids": _provider_ids(told("provider_id.linked"), told("provider_id.unlinked")),
        "activity": _activity(
            _latest_of_each(told("purchase.completed"), "purchase_id"),
            _latest_of_each(told("purchase.refunded"), "refund_id"),
            imports,
        ),
    }


def _not_included(history: Sequence[Told]) -> list[Told]:
    """Without what adds nothing, because an import's figures have it: the facts that say so, and all facts about the
    same purchases and refunds.
    """
    included = {_thing(*told) for told in history if "included_in" in told[1]} - {None}
    return [told for told in history if _thing(*told) not in included]


def _thing(kind: str, said: Said) -> tuple[str, str] | None:
    """What a fact with sums is about: a purchase or a refund, else the fact itself."""
    match kind:
        case "purchase.completed":
            return kind, said["purchase_id"]
        case "purchase.refunded":
            return kind, said["refund_id"]
        case _ if kind.startswith(("balance.", "promo.")):
            return kind, said["fact_id"]
        case _:
            return None


def _as_single_facts(said: Said) -> Iterator[Told]:
    """What the single types would say of an import's figures; the visits and the spend apart."""
    about = {name: said[name] for name in ("occurred_at", "fact_id")}
    if "name" in said or "member_since" in said:
        yield "imported.name", {**about, **{name: said[name] for name in ("name", "member_since") if name in said}}
    if said.get("verified"):
        yield "customer.verified", about
    for name in ("preferences", "consent"):
        if name in said:
            yield f"{name}.updated", {**about, name: said[name]}
    if "spendable_minor" in said:
        yield "balance.topped_up", {**about, "amount_minor": said["spendable_minor"]}
    for grant in said.get("grants", []):
        yield "promo.granted", {**about, **grant}


def _provider_ids(links: list[Said], unlinks: list[Said]) -> tuple[str, ...]:
    """The 20 that were linked last, of those that were not unlinked since."""
    linked = {said["provider_customer_id"]: _order(said) for said in sorted(links, key=_order)}
    unlinked = {said["provider_customer_id"]: _order(said) for said in sorted(unlinks, key=_order)}
    held = [each for each in linked if each not in unlinked or linked[each] > unlinked[each]]
    return tuple(sorted(sorted(held, key=linked.__getitem__)[-20:]))


def _latest_of_each(said: list[Said], name: str) -> list[Said]:
    """A till may report one purchase under several fact ids: what it said last holds."""
    return list({each[name]: each for each in sorted(said, key=_order)}.values())


def _activity(purchases: list[Said], refunds: list[Said], imports: list[Said]) -> Activity:
    visits = [_imported_visits(said) for said in imports]
    number = len(purchases) + sum(said.get("visit_count", len(at)) for said, at in zip(imports, visits, strict=True))
    spend = _sum(purchases) - _sum(refunds) + sum(said.get("lifetime_spend_minor", 0) for said in imports)
    at = sorted([_instant(said["occurred_at"]) for said in purchases] + [each for some in visits for each in some])
    return Activity(spend, number, at[-1] if at else None, _visits(at))


def _imported_visits(said: Said) -> list[datetime]:
    at = said.get("visits", [])
    last = [said["last_visit_at"]] if said.get("last_visit_at") not in [None, *at] else []
    return [_instant(each) for each in [*at, *last]]


def _locked(open_grants: list[Said], told_at: list[str]) -> Locked:
    """What never ends, and what ends by the second; not what ended a day before the latest fact about a grant."""
    since = max((int(_instant(at).timestamp()) - 86_400 for at in told_at), default=0)
    ends = Counter[int]()
    for said in open_grants:
        if "expires_at" in said:
            ends[int(_instant(said["expires_at"]).timestamp())] += said["amount_minor"]
    kept = tuple((end, amount) for end, amount in sorted(ends.items()) if amount and end >= since)
    return Locked(_sum([said for said in open_grants if "expires_at" not in said]), kept, (), since)


def _visits(at: list[datetime]) -> Visits:
    """The newest 2,000 of the last 91 days and of the day on which these begin; the days of the others."""
    days = [(each - EPOCH).days for each in at]
    kept = [each for each, day in zip(at, days, strict=True) if day >= (at[-1] - KEPT - EPOCH).days]
    older = Counter((each - EPOCH).days for each in kept[:-2000])
    exact = tuple((each - EPOCH) // timedelta(microseconds=1) for each in kept[-2000:])
    return Visits(exact, tuple(sorted(older.items())))


def _member_since(registrations: list[Said], imported: list[Said], verifications: list[Said]) -> datetime | None:
    stated = [said for said in [*registrations, *imported] if "member_since" in said]
    if stated:
        return _instant(max(stated, key=_order)["member_since"])
    return min((_instant(said["occurred_at"]) for said in [*registrations, *verifications]), default=None)


def _order(said: Said) -> tuple[str, str]:
    return said["occurred_at"], said["fact_id"]


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _sum(said: list[Said]) -> int:
    return sum(each["amount_minor"] for each in said)
