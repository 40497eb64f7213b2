"""Facts as other domains send them, and histories of a customer for properties."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from customers.domain.enterprise import Settings
from customers.domain.facts.fact import CustomerFact, EnterpriseFact
from customers.domain.facts.fact_types import FACT_TYPES
from customers.domain.instants import sortable_instant
from customers.wire.facts.codec import read_fact
from customers.wire.facts.incoming import Incoming
from customers.wire.facts.types import FACTS

LAYLA = "+97433001122"
OMAR = "+97466005566"
SARA = "+97433001199"
NOON = datetime(2024, 6, 1, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(days=4000)
"""When facts are read: late enough for every history."""
SETTINGS = Settings(name="Acme", currency="QAR", home_region="QA")

MONEY = {"amount_minor": 1000, "currency": "QAR"}
PLACE = {"merchant_id": "north", "branch_id": "north-1"}
OWN_FIELDS: dict[str, dict[str, Any]] = {
    "enterprise.configured": {"name": "Acme", "currency": "QAR", "home_region": "QA"},
    "branch.registered": PLACE,
    "branch.disabled": PLACE,
    "access.revoked": {"issuer": "https://people.test", "subject": "officer-7"},
    "customer.imported": {"source": "old-pos"},
    "customer.registered": {"name": "Layla Hassan"},
    "customer.verified": {},
    "customer.disabled": {},
    "customer.enabled": {},
    "provider_id.linked": {"provider_customer_id": "pos-1"},
    "provider_id.unlinked": {"provider_customer_id": "pos-1"},
    "purchase.completed": {**MONEY, "purchase_id": "p-1", "branch_id": "north-1"},
    "purchase.refunded": {**MONEY, "purchase_id": "p-1", "refund_id": "r-1"},
    "balance.topped_up": MONEY,
    "balance.spent": MONEY,
    "balance.settled": MONEY,
    "promo.granted": {**MONEY, "grant_id": "g-1"},
    "promo.released": {"grant_id": "g-1"},
    "promo.expired": {"grant_id": "g-1"},
    "preferences.updated": {"preferences": {"milk": "oat"}},
    "consent.updated": {"consent": {"marketing": True}},
}
"""What a fact of each type says of its own, unless a test says otherwise."""
ABOUT_CUSTOMERS = [kind for kind in OWN_FIELDS if FACT_TYPES[kind].concerns == "customer"]

_numbers = itertools.count(1)


def detail(
    kind: str,
    enterprise: str = "acme",
    /,
    *,
    at: datetime = NOON,
    about: str | Mapping[str, str] = LAYLA,
    **fields: Any,
) -> dict[str, Any]:
    """An event's detail. `about` is a phone or the whole `customer`; a field that is said to be None is left out."""
    customer = {"phone": about} if isinstance(about, str) else dict(about)
    number = next(_numbers)
    said = {
        # An id may hold what the parts of a key are divided by.
        "fact_id": f"fact#{number}",
        "enterprise_id": enterprise,
        "occurred_at": sortable_instant(at),
        "customer": customer if kind in ABOUT_CUSTOMERS else None,
        **OWN_FIELDS[kind],
        # Every purchase is another one, unless it is said to be the same.
        **({"purchase_id": f"p#{number}"} if kind == "purchase.completed" else {}),
        **({"refund_id": f"r#{number}"} if kind == "purchase.refunded" else {}),
        **fields,
    }
    return {name: value for name, value in said.items() if value is not None}


def event(kind: str, of: Mapping[str, Any]) -> str:
    """What the queue holds of an event: EventBridge's envelope around the detail."""
    return json.dumps(
        {
            "version": "0",
            "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
            "detail-type": kind,
            "source": "partner.tests",
            "account": "123456789012",
            "time": "2026-06-01T12:00:00Z",
            "region": "us-east-1",
            "resources": [],
            "detail": of,
        }
    )


def body(kind: str, enterprise: str = "acme", /, **said: Any) -> str:
    """A message of the fact queue, of any type; `said` as `detail` takes it."""
    return event(kind, detail(kind, enterprise, **said))


def customer_fact(kind: str, enterprise: str = "acme", /, **said: Any) -> CustomerFact:
    """The same, read, for an enterprise with `SETTINGS`."""
    return of_event(kind, detail(kind, enterprise, **said))


def of_event(kind: str, of: Mapping[str, Any]) -> CustomerFact:
    incoming = read_fact(event(kind, of), LATER)
    assert isinstance(incoming, Incoming)
    return incoming.fact(SETTINGS)


def enterprise_fact(kind: str, enterprise: str = "acme", /, **said: Any) -> EnterpriseFact:
    """The same of an enterprise or a branch."""
    fact = read_fact(body(kind, enterprise, **said), LATER)
    assert isinstance(fact, EnterpriseFact)
    return fact


# ------------------------------------------------------------------------------------------------ histories

GRANTS = ["g-1", "g-2", "g-3"]
SCALARS = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
FLAT = st.dictionaries(st.text("abcé", max_size=3), SCALARS | st.text("xyzü 🥛", max_size=5), max_size=3)
# Few, so that some are reported again under another fact id.
PURCHASES = st.sampled_from([f"p-{number}" for number in range(5)])
AMOUNTS = st.integers(0, 5) | st.integers(0, 10**15)
# Few instants, so that some facts are of the same one; days apart, so that visits leave the window.
INSTANTS = st.builds(
    lambda day, microsecond: NOON + timedelta(days=day, microseconds=microsecond),
    st.integers(0, 5) | st.integers(0, 400),
    st.sampled_from([0, 1, 999_999]),
)
# After all releases: one that is dated later than its grant has ended is refused, so its order would matter.
EXPIRIES = (
    st.none()
    | INSTANTS.map(lambda at: at + timedelta(days=401))
    | st.just(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
)


def _instant(at: datetime | None) -> str | None:
    return sortable_instant(at) if at else None


CONSENT = st.dictionaries(st.text("abcé", min_size=1, max_size=3), st.booleans(), max_size=3)
_SAID: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "customer.registered": st.fixed_dictionaries(
        {"name": st.sampled_from(["Layla", "Leila", "ليلى"]), "member_since": (st.none() | INSTANTS).map(_instant)}
    ),
    "purchase.completed": st.fixed_dictionaries({"amount_minor": AMOUNTS, "purchase_id": PURCHASES}),
    "purchase.refunded": st.fixed_dictionaries({"amount_minor": AMOUNTS, "refund_id": PURCHASES}),
    "balance.topped_up": st.fixed_dictionaries({"amount_minor": AMOUNTS}),
    "balance.spent": st.fixed_dictionaries({"amount_minor": AMOUNTS}),
    "balance.settled": st.fixed_dictionaries({"amount_minor": AMOUNTS}),
    "promo.granted": st.fixed_dictionaries(
        {"grant_id": st.sampled_from(GRANTS), "amount_minor": AMOUNTS, "expires_at": EXPIRIES.map(_instant)}
    ),
    "promo.released": st.fixed_dictionaries({"grant_id": st.sampled_from(GRANTS)}),
    "promo.expired": st.fixed_dictionaries({"grant_id": st.sampled_from(GRANTS)}),
    "provider_id.linked": st.fixed_dictionaries({"provider_customer_id": st.sampled_from(["pos-1", "pos-2", "pos-3"])}),
    "provider_id.unlinked": st.fixed_dictionaries({"provider_customer_id": st.sampled_from(["pos-1", "pos-2"])}),
    "preferences.updated": st.fixed_dictionaries({"preferences": FLAT}),
    "consent.updated": st.fixed_dictionaries({"consent": CONSENT}),
}

NOTHING: st.SearchStrategy[dict[str, Any]] = st.just({})

Told = tuple[str, dict[str, Any]]
"""A fact's type and its detail."""


# What may be said of one grant: granted, released, expired, each perhaps again, or an end of what nobody granted.
STORIES = ["", "g", "gr", "ge", "gre", "grr", "gg", "ggr", "ggree", "r"]
_LETTERS = {"g": "promo.granted", "r": "promo.released", "e": "promo.expired"}


@st.composite
def histories(
    draw: st.DrawFn, facts: int = 8, kinds: Sequence[str] = ABOUT_CUSTOMERS, *, included: bool = False
) -> list[Told]:
    """What was said of one customer: some facts of any type, ids unique, and the stories of three grants.

    Each import is from a source of its own. With `included`, imports have the sums of some facts already.
    """
    chosen: list[tuple[str, dict[str, Any]]] = [
        (kind, {}) for kind in draw(st.lists(st.sampled_from(kinds), min_size=facts // 2, max_size=facts))
    ]
    for grant_id in GRANTS:
        chosen += [(_LETTERS[each], {"grant_id": grant_id}) for each in draw(st.sampled_from(STORIES))]
    ids = draw(st.permutations([f"fact-{number:02}" for number in range(len(chosen))]))
    told = []
    for (kind, more), fact_id in zip(chosen, ids, strict=True):
        at = draw(INSTANTS)
        said = (
            draw(imports(at)) | {"source": fact_id} if kind == "customer.imported" else draw(_SAID.get(kind, NOTHING))
        )
        if included and kind != "customer.imported" and draw(st.integers(0, 3)) == 0:
            said["included_in"] = "old-pos"
        told.append((kind, detail(kind, **{"at": at, "fact_id": fact_id, **said, **more})))
    return told


@st.composite
def imports(draw: st.DrawFn, at: datetime) -> dict[str, Any]:
    """What an import of an instant says beside its source: any of its fields, but no provider ids."""
    ages = st.integers(0, 100 * 24 * 60).map(lambda minutes: sortable_instant(at - timedelta(minutes=minutes)))
    visits = draw(st.lists(ages, max_size=4))
    last = draw(st.none() | ages)
    known = len(visits) + (last is not None and last not in visits)
    grants = draw(st.lists(st.sampled_from(GRANTS), unique=True, max_size=2))
    said = {
        "name": draw(st.none() | st.sampled_from(["Leyla", "Layla"])),
        "verified": draw(st.none() | st.booleans()),
        "member_since": _instant(draw(st.none() | INSTANTS)),
        "spendable_minor": draw(st.none() | AMOUNTS),
        "grants": [{"grant_id": each, "amount_minor": draw(AMOUNTS)} for each in grants] or None,
        "lifetime_spend_minor": draw(st.none() | AMOUNTS),
        "visit_count": draw(st.none() | st.integers(known, known + 5)),
        "visits": visits or None,
        "last_visit_at": last,
        "preferences": draw(st.none() | FLAT),
        "consent": draw(st.none() | CONSENT),
    }
    return {name: value for name, value in said.items() if value is not None}


@st.composite
def retellings(draw: st.DrawFn, history: Sequence[Told]) -> list[Told]:
    """The same facts in another order, some of them more than once."""
    again = draw(st.lists(st.sampled_from(list(history)), max_size=4))
    return list(draw(st.permutations([*history, *again])))


@st.composite
def batches(draw: st.DrawFn, history: Sequence[Told]) -> list[list[Told]]:
    """The same facts as a queue might bring them: in another order, some more than once, cut anywhere."""
    told = draw(retellings(history))
    cuts = sorted(draw(st.lists(st.integers(0, len(told)), max_size=4)))
    return [told[start:end] for start, end in itertools.pairwise([0, *cuts, len(told)]) if start < end]


assert OWN_FIELDS.keys() == FACTS.keys(), "a type of fact has no defaults here"
