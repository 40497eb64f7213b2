"""A graph of lines, as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LEFT, TOP, WIDTH, HEIGHT = 60, 20, 560, 260
COLOURS = ("#c0392b", "#e67e22", "#2980b9", "#8e44ad", "#27ae60")


@dataclass(frozen=True)
class Axis:
    """From 0 to `most`, with a mark at some values."""

    name: str
    most: float
    marks: Mapping[float, str]


def graph(across: Axis, up: Axis, curves: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """A line for each curve, and its name below in its colour."""
    size = f"{LEFT + WIDTH + 20} {TOP + HEIGHT + 150}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" font-family="sans-serif" font-size="12">',
        f'<rect x="{LEFT}" y="{TOP}" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#999"/>',
    ]
    for value, name in up.marks.items():
        y = TOP + HEIGHT * (1 - value / up.most)
        parts.append(f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{y:.0f}" y2="{y:.0f}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.0f}" text-anchor="end">{name}</text>')
    for value, name in across.marks.items():
        x = LEFT + WIDTH * value / across.most
        parts.append(f'<text x="{x:.0f}" y="{TOP + HEIGHT + 18}" text-anchor="middle">{name}</text>')
    parts.append(f'<text x="{LEFT}" y="{TOP + HEIGHT + 38}">{across.name}; {up.name}</text>')
    for number, (name, curve) in enumerate(curves.items()):
        points = " ".join(
            f"{LEFT + WIDTH * x / across.most:.0f},{TOP + HEIGHT * (1 - y / up.most):.0f}" for x, y in curve
        )
        colour, y = COLOURS[number], TOP + HEIGHT + 58 + 18 * number
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{LEFT}" y="{y}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
