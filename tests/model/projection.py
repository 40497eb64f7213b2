"""What readers see of a customer: the lookup's answer and the export's files."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.model import imports, money
from tests.model.holding import Part
from tests.model.steps import Fact
from tests.model.world import World

CURRENCY = "QAR"
WINDOW = timedelta(days=90)
VIP_VISITS, VIP_SPEND, REGULAR_VISITS = 8, 100_000, 3
NOT_FOUND: dict[str, Any] = {
    "status": "not_found",
    "customer": None,
    "unclaimed_cashback": None,
    "preferences": None,
    "data_completeness_score": None,
}


def show(at: datetime | None) -> str | None:
    """To the second, as answers have it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def exact(at: datetime | None) -> str | None:
    """To the microsecond, as exports have it."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if at else None


def status(world: World, whole: Part) -> str:
    state = world.state(whole)
    return "DISABLED" if state.disabled[1] else "VERIFIED" if state.verified else "PENDING_PROOF"


def visits(world: World, whole: Part) -> list[datetime]:
    facts = world.facts_of(whole)
    told = [each.occurred_at for each in _summed(facts) if each.kind == "purchase.completed"]
    return sorted([*told, *imports.visits(facts)])


def visited(world: World, whole: Part) -> int:
    """How often, with the visits of imports whose instants nobody knows."""
    return len(visits(world, whole)) + imports.more_visits(world.facts_of(whole))


def _summed(facts: money.Facts) -> list[Fact]:
    """The purchases and refunds that no import has."""
    return [each for each in money.transactions(facts) if "included_in" not in each.fields]


def spend(world: World, whole: Part) -> int:
    """Net of refunds."""
    facts = world.facts_of(whole)
    bought: int = sum(
        each.fields["amount_minor"] * (1 if each.kind == "purchase.completed" else -1) for each in _summed(facts)
    )
    return imports.spend(facts) + bought


def locked(world: World, whole: Part, now: datetime) -> int:
    return sum(each.amount_minor for each in money.grants(world.facts_of(whole)) if each.open(now))


def next_end(world: World, whole: Part, now: datetime) -> datetime | None:
    """When the first of the locked money expires."""
    told = [each for each in money.grants(world.facts_of(whole)) if each.open(now) and each.amount_minor]
    return min((each.expires_at for each in told if each.expires_at), default=None)


def badge(world: World, whole: Part, since: datetime) -> str:
    """`since`: the beginning of the 90 days."""
    at = visits(world, whole)
    recent = sum(each > since for each in at)
    count = visited(world, whole)
    if count and not recent:
        return "lapsed"
    if recent >= VIP_VISITS or spend(world, whole) >= VIP_SPEND:
        return "vip"
    return "regular" if count >= REGULAR_VISITS else "new"


def lookup(world: World, whole: Part | None, now: datetime) -> dict[str, Any]:
    """The answer's `data`, with the preferences and the score."""
    if whole is None or (found := status(world, whole)) == "DISABLED":
        return NOT_FOUND
    state, at = world.state(whole), visits(world, whole)
    return {
        "status": "registered" if found == "VERIFIED" else "pending_proof",
        "customer": {
            "name": state.name[1],
            "phone": world.people.phones[whole],
            "state": found,
            "member_since": show(state.member_since),
            "balance": {
                "spendable_minor": max(0, money.balance(world.facts_of(whole))),
                "locked_promo_minor": locked(world, whole, now),
                "currency": CURRENCY,
            },
            "activity": {
                "lifetime_spend_minor": max(0, spend(world, whole)),
                "visit_count": visited(world, whole),
                "visit_count_last_90d": sum(each > now - WINDOW for each in at),
                "last_visit_at": show(at[-1]) if at else None,
            },
            "badge": badge(world, whole, now - WINDOW),
        },
        "unclaimed_cashback": None if found == "VERIFIED" else _unclaimed(world, whole, now),
        "preferences": state.preferences[1],
        "data_completeness_score": 20
        * sum(
            [
                bool(state.name[1]),
                state.verified,
                bool(visited(world, whole)),
                bool(state.preferences[1]),
                bool(state.consent[1]),
            ]
        ),
    }


def _unclaimed(world: World, whole: Part, now: datetime) -> dict[str, Any]:
    end = next_end(world, whole, now)
    return {"amount_minor": locked(world, whole, now), "currency": CURRENCY, "expires_at": show(end)}


def export(world: World, whole: Part, now: datetime) -> dict[str, Any]:
    """What the files of an export say. Our own entries of the ledger are only counted."""
    state, facts = world.state(whole), world.facts_of(whole)
    return {
        "phone": world.people.phones[whole],
        "name": state.name[1],
        "state": status(world, whole),
        "verified": state.verified,
        "provider_ids": world.ids.of(whole, now),
        "balance_minor": money.balance(facts),
        "locked_promo_minor": locked(world, whole, now),
        "ledger": world.ledger(whole),
        "grants": sorted(
            (each.grant_id, each.amount_minor, _end(each, now), exact(each.expires_at)) for each in money.grants(facts)
        ),
        "transactions": sorted(_transaction(each) for each in money.transactions(facts)),
        "consent": state.consent[1],
        "preferences": state.preferences[1],
    }


def _end(grant: money.Grant, now: datetime) -> str:
    return "released" if grant.end == "promo.released" else "open" if grant.open(now) else "expired"


def _transaction(fact: Fact) -> tuple[Any, ...]:
    name = money.TRANSACTIONS[fact.kind]
    return (
        fact.fields[name],
        name.removesuffix("_id"),
        fact.fields["amount_minor"],
        exact(fact.occurred_at),
        fact.fact_id,
    )
