"""What another system held of a person, and history that says that an import has its sums.

An import counts as the facts of single types would, under its own order. Of each source a part takes the first import
that was handed over, and refuses the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from tests.model.steps import Fact

IMPORT = "customer.imported"
NAMED, SINCE, FIGURES, INCLUDED = "import.name", "import.member_since", "import.figures", "included "
"""What of an import is like no other fact; and how the kinds begin of facts that sum nothing."""
SUMS = ("balance.topped_up", "balance.spent", "balance.settled")
HISTORY = (*SUMS, "purchase.completed", "purchase.refunded")
"""Kinds that say in these histories that an import has their sums."""


def counted(told: Sequence[Fact]) -> list[Fact]:
    """The facts of a part as they count."""
    sources: set[str] = set()
    counting: list[Fact] = []
    for fact in told:
        if fact.kind == IMPORT:
            if fact.fields["source"] not in sources:
                counting += _single(fact)
            sources.add(fact.fields["source"])
        elif "included_in" in fact.fields and fact.kind in SUMS:
            counting.append(replace(fact, kind=f"{INCLUDED}{fact.kind}"))
        else:
            counting.append(fact)
    return counting


def entry(fact: Fact) -> tuple[str, str]:
    """The entry of the ledger that a fact, or a part of an import, comes from."""
    return fact.fact_id, IMPORT if "import" in fact.fields else fact.kind.removeprefix(INCLUDED)


def visits(facts: Mapping[Any, Sequence[Fact]]) -> list[datetime]:
    """The visits of imports whose instants are known."""
    return [at for each in _figures(facts) for at in _known(each)]


def more_visits(facts: Mapping[Any, Sequence[Fact]]) -> int:
    """The visits of imports whose instants nobody knows."""
    return sum(max(0, each.fields.get("visit_count", 0) - len(_known(each))) for each in _figures(facts))


def spend(facts: Mapping[Any, Sequence[Fact]]) -> int:
    return sum(each.fields.get("lifetime_spend_minor", 0) for each in _figures(facts))


def _figures(facts: Mapping[Any, Sequence[Fact]]) -> Iterator[Fact]:
    return (each for told in facts.values() for each in told if each.kind == FIGURES)


def _known(figures: Fact) -> list[datetime]:
    known = set(figures.fields.get("visits", ()))
    return sorted(known | ({figures.fields["last_visit_at"]} if "last_visit_at" in figures.fields else set()))


def _single(fact: Fact) -> Iterator[Fact]:
    said = fact.fields
    yield _part(fact, FIGURES, **said)
    if "name" in said:
        yield _part(fact, NAMED, name=said["name"])
    if "member_since" in said:
        yield _part(fact, SINCE, member_since=said["member_since"])
    if said.get("verified"):
        yield _part(fact, "customer.verified")
    for kind, name in (("preferences.updated", "preferences"), ("consent.updated", "consent")):
        if name in said:
            yield _part(fact, kind, **{name: said[name]})
    if "spendable_minor" in said:
        yield _part(fact, "balance.topped_up", amount_minor=said["spendable_minor"])
    for grant in said.get("grants", ()):
        yield _part(fact, "promo.granted", **grant)


def _part(fact: Fact, kind: str, **fields: Any) -> Fact:
    return replace(fact, kind=kind, fields={**fields, "import": True})
