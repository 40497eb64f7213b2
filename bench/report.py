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

from bench.building import BARE, COOKBOOK, POWERTOOLS
from bench.figures import Measured, Verdict, ratios
from bench.isolated import Samples

LIBRARIES = ("boto3", "aws-lambda-powertools", "pydantic", "fastapi", "mangum")
WHAT = {
    "started": ("Cold start, whole: CPU from the interpreter's start until the handler is imported", "ms", 1e3),
    "imported": ("Cold start, init: the same less the bare handler's", "ms", 1e3),
    "warm": ("Warm: CPU per invocation", "µs", 1e6),
}


def show(measured: Measured, verdicts: Sequence[Verdict], sizes: tuple[float, float]) -> None:
    here = conditions()
    print(f"\n{here['python']} on {here['cpus']} CPUs under a load of {here['load'][0]:.1f}")
    print("Times are this machine's: read the ratios. Either is the median of its rounds.")
    for name, (title, unit, scale) in WHAT.items():
        print(f"\n{title}\n{'':26}{unit:>9}{'/ cookbook':>13}{'/ boto3+PT':>13}{'/ bare':>9}")
        _rows(getattr(measured, name), scale)
    unzipped, zipped = sizes
    print(f"\nThe layer: {unzipped:.1f} MB unzipped, {zipped:.1f} MB zipped\n")
    for each in verdicts:
        said = "PASS" if each.met else "FAIL"
        measure = "cold start, init" if each.target.kind == "cold" else "warm"
        middle = f"half of the rounds {each.lower:.2f} to {each.upper:.2f}"
        print(f"{said}  {measure}: built lookup / cookbook {each.ratio:.2f}, at most {each.target.bound} ({middle})")


def _rows(samples: Samples, scale: float) -> None:
    for name, seconds in samples.items():
        # In init a bare handler's share is nothing, and nothing can be compared with it.
        cookbook, powertools, bare = (
            _short(median(ratios(samples, name, to))) if all(samples[to]) else "-"
            for to in (COOKBOOK, POWERTOOLS, BARE)
        )
        time = _short(median(seconds) * scale, digits=0 if median(seconds) * scale >= 10 else 1)
        print(f"  {name:24}{time:>9}{cookbook:>13}{powertools:>13}{bare:>9}")


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
        "seconds": {"cold_whole": measured.started, "cold_init": measured.imported, "warm": measured.warm},
        "targets": [asdict(each) | {"met": each.met} for each in verdicts],
    }
    path.write_text(json.dumps(document, indent=1) + "\n")
