"""docs/load-shape.md and its graph, from the simulation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from customers.store.stats.derived_rows import SHARDS
from tests.support.load_shape.simulation import Load, Seen, simulate

WINDOW = 1
"""Seconds, as in the template."""
SALES = (50, 100, 250, 500, 1000)
VARIANTS: Mapping[str, tuple[int, int, float]] = {
    f"8 lanes, {SHARDS} shards, no window": (8, SHARDS, 0),
    f"16 lanes, {SHARDS} shards, no window": (16, SHARDS, 0),
    f"8 lanes, {SHARDS} shards, a window of {WINDOW} s (as deployed)": (8, SHARDS, WINDOW),
    f"16 lanes, {SHARDS} shards, a window of {WINDOW} s": (16, SHARDS, WINDOW),
    "8 lanes, 16 shards, a window of 2 s": (8, 16, 2),
}
"""Lanes (the stream's shards, times two), rows of each sum, and the window."""
SEEDS = (1,)
COLOURS = ("#c0392b", "#e67e22", "#2980b9", "#8e44ad", "#27ae60")
Curves = Mapping[str, Mapping[float, list[Seen]]]


def curves() -> Curves:
    """Of each variant and rate what 20 seconds have seen."""
    return {
        name: {sales: [simulate(Load(sales, *variant), seed) for seed in SEEDS] for sales in SALES}
        for name, variant in VARIANTS.items()
    }


def page(found: Curves) -> str:
    """The whole page."""
    return (
        (Path(__file__).parent / "page.txt")
        .read_text()
        .format(
            head=" | ".join(f"{sales:,} a second" for sales in SALES),
            line="|---" * (len(SALES) + 1) + "|",
            conflicts="\n".join(f"| {name} | {_row(curve, _worst)} |" for name, curve in found.items()),
            cancelled="\n".join(f"| {name} | {_row(curve, _cancelled)} |" for name, curve in found.items()),
            lag="\n".join(f"| {name} | {_row(curve, _late)} |" for name, curve in found.items()),
            units="\n".join(f"| {name} | {_row(curve, _badges)} |" for name, curve in found.items()),
        )
    )


def graph(found: Curves) -> str:
    """Conflicts by sales a second, as SVG."""
    left, top, width, height = 60, 20, 560, 260
    size = f"{left + width + 20} {top + height + 150}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" font-family="sans-serif" font-size="12">',
        f'<rect x="{left}" y="{top}" width="{width}" height="{height}" fill="none" stroke="#999"/>',
    ]

    def at(sales: float, part: float) -> tuple[float, float]:
        return left + width * sales / SALES[-1], top + height * (1 - part / 0.6)

    for part in (0, 0.05, 0.2, 0.4, 0.6):
        _, y = at(0, part)
        parts.append(f'<line x1="{left}" x2="{left + width}" y1="{y:.0f}" y2="{y:.0f}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 8}" y="{y + 4:.0f}" text-anchor="end">{part:.0%}</text>')
    for sales in SALES:
        x, _ = at(sales, 0)
        parts.append(f'<text x="{x:.0f}" y="{top + height + 18}" text-anchor="middle">{sales}</text>')
    parts.append(
        f'<text x="{left}" y="{top + height + 38}">sales a second of one enterprise; cancelled transactions</text>'
    )
    for number, (name, curve) in enumerate(found.items()):
        points = " ".join("{:.0f},{:.0f}".format(*at(sales, _part(seen))) for sales, seen in curve.items())
        colour, y = COLOURS[number], top + height + 58 + 18 * number
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{left}" y="{y}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _row(curve: Mapping[float, list[Seen]], figure: object) -> str:
    assert callable(figure)
    return " | ".join(figure(seen) for seen in curve.values())


def _part(seen: list[Seen]) -> float:
    return sum(each.cancelled for each in seen) / max(1, sum(each.tries for each in seen))


def _worst(seen: list[Seen]) -> str:
    return f"{_part(seen):.1%}"


def _cancelled(seen: list[Seen]) -> str:
    return f"{sum(each.cancelled for each in seen) / len(seen) / Load(1, 1, 1).seconds:.1f}"


def _late(seen: list[Seen]) -> str:
    return f"{max(each.late for each in seen):.1f} s"


def _badges(seen: list[Seen]) -> str:
    units = sum(units for each in seen for key, units in each.partitions.items() if key.endswith("#badges"))
    return f"{units / len(seen) / Load(1, 1, 1).seconds:,.0f}"
