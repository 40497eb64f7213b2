"""Control totals: what the imports of a file add up to, in its last line, in its lines, and in the stack's books."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from customers.domain.facts.entry_codec import payload_of
from customers.domain.facts.fact_types import FACT_TYPES
from customers.domain.facts.imported import Imported
from customers.wire.facts.incoming import Incoming

TOTALS = "#totals"
"""How the last line begins, if it has control totals: `#totals customers=2 spendable_minor=12500 …`."""
NAMES = ("customers", "spendable_minor", "locked_promo_minor", "lifetime_spend_minor", "visit_count")


_PAIR = re.compile(r"(?P<name>\w+)=(?P<value>\d{1,30})", re.ASCII)


class Misstated(ValueError):  # noqa: N818 - a refusal of a line
    """A line of control totals cannot be read."""


def stated_in(line: str) -> dict[str, int]:
    """The totals of a `#totals` line. Raises `Misstated`."""
    pairs = [_PAIR.fullmatch(each) for each in line.removeprefix(TOTALS).split()]
    stated = {pair["name"]: int(pair["value"]) for pair in pairs if pair}
    if not pairs or len(stated) < len(pairs):
        raise Misstated
    return stated


def line_of(stated: Mapping[str, int]) -> str:
    """The inverse of `stated_in`."""
    return " ".join((TOTALS, *(f"{name}={value}" for name, value in stated.items())))


def imported_by(fact: object) -> Imported | None:
    """The import that a fact is; None for every other fact."""
    if not isinstance(fact, Incoming) or FACT_TYPES[fact.type].payload is not Imported:
        return None
    payload = payload_of(fact.type, fact.detail.own(FACT_TYPES[fact.type].fields))
    assert isinstance(payload, Imported)  # noqa: S101 - by its type
    return payload


def of_import(imported: Imported) -> Counter[str]:
    """What one import adds to an enterprise."""
    return Counter(
        customers=1,
        spendable_minor=imported.spendable_minor or 0,
        locked_promo_minor=sum(each.amount_minor for each in imported.grants or ()),
        lifetime_spend_minor=imported.lifetime_spend_minor or 0,
        visit_count=imported.visited,
    )


def counts_by_itself(fact: object) -> bool:
    """Whether a fact adds to the books beside the imports, so that control totals cannot say what the file adds."""
    if not isinstance(fact, Incoming) or fact.detail.included_in or FACT_TYPES[fact.type].payload is Imported:
        return False
    return FACT_TYPES[fact.type].money


def differing(stated: Mapping[str, int], found: Mapping[str, int], what: str) -> Iterator[tuple[str, str]]:
    """The totals that differ, each with the reason. `what` says where the found ones come from."""
    for name, value in sorted(stated.items()):
        if name not in NAMES:
            yield name, f"is no control total; there are {', '.join(NAMES)}"
        elif value != found.get(name, 0):
            yield name, f"the control total is {value:,}, and {what} {found.get(name, 0):,}"
