"""docs/load-shape.md and its graphs, from the simulation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from customers.store.stats.shards import FEW, SHARDS
from tests.support.load_shape.graph import Axis, graph
from tests.support.load_shape.simulation import Load, Seen, simulate

WINDOW = 1
"""Seconds, as in the template."""
SALES = (50, 100, 250, 500, 1000)
KEPT = f"each process keeps its row, of {FEW} to {SHARDS}"
VARIANTS: Mapping[str, tuple[int, float, bool]] = {
    f"16 lanes, {FEW} rows taken at random, no window": (16, 0, False),
    f"16 lanes, {FEW} rows taken at random": (16, WINDOW, False),
    f"8 lanes, {KEPT}": (8, WINDOW, True),
    f"16 lanes, {KEPT}": (16, WINDOW, True),
    f"40 lanes, {KEPT}": (40, WINDOW, True),
}
"""Lanes of a stream, the window, and whether a process keeps its row of each sum."""
DEPLOYED = f"16 lanes, {KEPT}"
TILLS, BRANCHES, EVERY = 5000, 2500, 20
"""Of the biggest enterprise; and the seconds between two sales of a till, at the busiest hour."""
TOWN = [TILLS / EVERY / size for size in range(1, 1001)]
"""Sales a second of a thousand enterprises: the second has half of the first's, the third a third."""
LANES = (8, 16, 40, 80)
Curves = Mapping[str, Mapping[float, Seen]]


@dataclass(frozen=True)
class Found:
    """What all simulations have seen."""

    curves: Curves
    tills: Mapping[float, Seen]
    """One enterprise with many branches, by its sales."""
    town: Mapping[int, Seen]
    """A thousand enterprises, by the lanes of a stream."""


def found() -> Found:
    """The simulations of the page."""
    return Found(
        {
            name: {sales: simulate(Load([sales], lanes, window, kept=kept)) for sales in SALES}
            for name, (lanes, window, kept) in VARIANTS.items()
        },
        {sales: simulate(Load([sales], 16, WINDOW, BRANCHES)) for sales in SALES},
        {lanes: town(lanes) for lanes in LANES},
    )


def town(lanes: int) -> Seen:
    """A thousand enterprises at once."""
    return simulate(Load(TOWN, lanes, WINDOW, 10, seconds=10))


def page(seen: Found) -> str:
    """The whole page."""
    rows: dict[str, Callable[[Seen], str]] = {
        "conflicts": lambda each: f"{_part(each):.1%}",
        "lag": lambda each: f"{each.late:.1f} s",
        "units": lambda each: f"{_hottest(each, 20)['badges']:,.0f}",
    }
    return (
        (Path(__file__).parent / "page.txt")
        .read_text()
        .format(
            head=" | ".join(f"{sales:,} a second" for sales in SALES),
            line="|---" * (len(SALES) + 1) + "|",
            **{
                name: "\n".join(_row(each, curve, show) for each, curve in seen.curves.items())
                for name, show in rows.items()
            },
            tills=TILLS,
            branches=BRANCHES,
            every=EVERY,
            peak=TILLS / EVERY,
            keys="\n".join(_keys(seen.tills)),
            lanes_head=" | ".join(f"{lanes} lanes" for lanes in LANES),
            lanes_line="|---" * (len(LANES) + 1) + "|",
            town_sales=sum(TOWN),
            town="\n".join(_town(seen.town)),
        )
    )


def graphs(seen: Found) -> dict[str, str]:
    """By file below docs/."""
    conflicts = {name: [(sales, _part(each)) for sales, each in curve.items()] for name, curve in seen.curves.items()}
    kinds = {"badge days": "badges", "days": "days", "totals": "totals"}
    units = {
        f"{name} of the enterprise": [(sales, _hottest(each, 20)[kind]) for sales, each in seen.tills.items()]
        for name, kind in kinds.items()
    }
    sales = Axis("sales a second of one enterprise", SALES[-1], {each: f"{each:,}" for each in SALES})
    parts = Axis("cancelled transactions", 0.6, {each: f"{each:.0%}" for each in (0, 0.05, 0.2, 0.4, 0.6)})
    written = Axis(
        "units written a second; a partition takes 1,000", 1000, {each: f"{each:,}" for each in (0, 250, 500, 1000)}
    )
    return {"load-shape.svg": graph(sales, parts, conflicts), "load-shape-keys.svg": graph(sales, written, units)}


def _row(name: str, curve: Mapping[float, Seen], show: Callable[[Seen], str]) -> str:
    deployed = " (as deployed)" if name == DEPLOYED else ""
    return f"| {name}{deployed} | {' | '.join(map(show, curve.values()))} |"


def _keys(curve: Mapping[float, Seen]) -> list[str]:
    """Of one enterprise with many branches."""
    units = {
        kind: [f"{_hottest(each, 20)[kind]:,.0f}" for each in curve.values()] for kind in ("badges", "days", "totals")
    }
    lines = {
        "`#badges`, units a second": units["badges"],
        "`#days`, units a second": units["days"],
        "`#totals`, units a second": units["totals"],
        "the busiest `#days#{branch_id}`, units a second": [
            f"{_hottest(each, 20)['branch']:,.1f}" for each in curve.values()
        ],
        "the busiest row, transactions a second": [f"{max(each.rows.values()) / 20:,.1f}" for each in curve.values()],
        "cancelled": [f"{_part(each):.1%}" for each in curve.values()],
        "processes at once, at most": [f"{each.most_busy}" for each in curve.values()],
    }
    return [f"| {name} | {' | '.join(figures)} |" for name, figures in lines.items()]


def _town(curve: Mapping[int, Seen]) -> list[str]:
    lines: dict[str, Callable[[Seen], str]] = {
        "transactions a second": lambda each: f"{each.tries / 10:,.0f}",
        "cancelled": lambda each: f"{_part(each):.1%}",
        "the longest that a change waited": lambda each: f"{each.late:.1f} s",
        "processes at once, at most": lambda each: f"{each.most_busy}",
        "the hottest partition, units a second": lambda each: f"{max(each.partitions.values()) / 10:,.0f}",
        "the busiest row, transactions a second": lambda each: f"{max(each.rows.values()) / 10:,.1f}",
    }
    return [f"| {name} | {' | '.join(map(show, curve.values()))} |" for name, show in lines.items()]


def _part(seen: Seen) -> float:
    return seen.cancelled / max(1, seen.tries)


def _hottest(seen: Seen, seconds: float) -> Counter[str]:
    """Units a second of the hottest partition of each kind."""
    found = Counter[str]()
    for partition, units in seen.partitions.items():
        _, kind, *branch = partition.split("#")
        name = "branch" if branch else kind
        found[name] = max(found[name], units / seconds)  # type: ignore[assignment]
    return found
