"""The table to read, and the file to compare with."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from bench.building import AUTHORIZER, BARE, COOKBOOK, FORMER_AUTHORIZER, POWERTOOLS, USUAL
from bench.figures import BOUNDS, Kind, Measured, Verdict, ratios
from bench.isolated import Samples

LIBRARIES = ("boto3", "aws-lambda-powertools", "pydantic", "fastapi", "mangum", "pyjwt")
MILLI, MICRO = ("ms", 1e3), ("µs", 1e6)
TITLES: dict[Kind, str] = {
    "cold": "Cold start: CPU until the handler is imported, less the bare handler's",
    "first": "First call: CPU until it has answered once over TLS, less the bare handler's",
    "warm": "Warm: CPU per invocation",
    "facts": "Purchases in batches, each of another customer: CPU of each",
}


def show(measured: Measured, verdicts: Sequence[Verdict], sizes: tuple[float, float]) -> None:
    here = conditions()
    print(f"\n{here['python']} on {here['cpus']} CPUs under a load of {here['load'][0]:.1f}")
    print("Times are this machine's: read the ratios. Either is the median of its rounds.")
    for kind, title in TITLES.items():
        unit, scale = MICRO if kind in ("warm", "facts") else MILLI
        columns = "" if kind == "facts" else f"{'/ cookbook':>13}{'/ boto3+PT':>13}{'/ usual auth.':>15}"
        print(f"\n{title}\n{'':28}{unit:>9}{columns}")
        _rows(measured.of(kind), scale)
    unzipped, zipped = sizes
    print(f"\nThe layer of a lookup: {unzipped:.1f} MB unzipped, {zipped:.1f} MB zipped\n")
    for each in verdicts:
        said, target = "PASS" if each.met else "FAIL", each.target
        middle = f"half of the rounds {each.lower:.2f} to {each.upper:.2f}"
        print(f"{said}  {target.kind:6}{target.of} / {target.to} {each.ratio:.2f}, at most {target.bound} ({middle})")
    for bound in BOUNDS:
        said = "PASS" if bound.met(measured) else "FAIL"
        print(f"{said}  {bound.name} {bound.count(measured):.4g}, at most {bound.most:g}")


def _rows(samples: Samples, scale: float) -> None:
    for name, seconds in samples.items():
        if name == BARE:
            continue
        time = _short(median(seconds) * scale, digits=0 if median(seconds) * scale >= 10 else 1)
        print(f"  {name:26}{time:>9}{_compared(samples, name)}")


def _compared(samples: Samples, name: str) -> str:
    """With each of the usual styles that does the same."""
    if COOKBOOK not in samples:
        return ""
    figures = (
        ["-", "-", _ratio(samples, name, USUAL)]
        if name in (AUTHORIZER, FORMER_AUTHORIZER, USUAL)
        else [_ratio(samples, name, COOKBOOK), _ratio(samples, name, POWERTOOLS), "-"]
    )
    return f"{figures[0]:>13}{figures[1]:>13}{figures[2]:>15}"


def _ratio(samples: Samples, of: str, to: str) -> str:
    return _short(median(ratios(samples, of, to)))


def _short(figure: float, digits: int = 2) -> str:
    return f"{figure:.{digits if figure < 100 else 0}f}"


def conditions() -> dict[str, Any]:
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": platform.platform(),
        "cpus": os.cpu_count(),
        "load": os.getloadavg(),
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def write(path: Path, measured: Measured, verdicts: Sequence[Verdict], more: Mapping[str, Any]) -> None:
    """All samples, in seconds."""
    document = {
        "conditions": conditions(),
        **more,
        "seconds": {
            "cold": measured.started,
            "first": measured.answered,
            "warm": measured.warm,
            "facts": measured.facts,
        },
        "counts": measured.counts,
        "targets": [asdict(each) | {"met": each.met} for each in verdicts],
    }
    path.write_text(json.dumps(document, indent=1) + "\n")
