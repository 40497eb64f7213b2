"""The state that a stack keeps between two starts: whether this code can read it, and when it was saved."""

from __future__ import annotations

import json
import os
import runpy
import shutil
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from local.places import LOCAL, ROOT, Place
from local.refusal import Refusal

TEMPLATE = ROOT / "template.yaml"
LAYOUT = ROOT / "layers/common/python/customers/store/layout.py"
SNAPSHOTS = 1
"""The version of the snapshots' format: raise it when `local/snapshots/keeper.py` changes the format."""
KEYS = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "LocalSecondaryIndexes", "StreamSpecification")


def prepare(place: Place) -> str:
    """Make the kept state ready for a start. Returns a line about what a kill has lost, or an empty text."""
    check(place)
    if not place.current.exists():
        _begin(place)
        return ""
    _put_back_objects(place)
    if not place.unsaved_mark.exists():
        return ""
    if not (place.current / "saved.json").exists():
        return "The emulator ended before it saved anything: starting with an empty state"
    return (
        f"The emulator ended without saving: starting with its state of {saved_at(place):%Y-%m-%d %H:%M:%S}; "
        "later changes are lost"
    )


def saved_at(place: Place) -> datetime:
    """When the kept state was saved."""
    return datetime.fromtimestamp(json.loads((place.current / "saved.json").read_text())["at"]).astimezone()


def check(place: Place) -> None:
    """Raise `Refusal` for a kept state that this code would read wrongly."""
    if not place.state.exists() or not any(place.state.iterdir()):
        return
    try:
        written = json.loads(place.layout_file.read_text())
    except (OSError, ValueError):
        written = {}
    wanted = layout()
    if others := [part for part in wanted if written.get(part) != wanted[part]]:
        of_dir = "" if place.folder == LOCAL else f" DIR={place.folder}"
        raise Refusal(
            f"The kept state in {place.state} has another layout ({', '.join(others)}) and cannot be read: "
            f"make reset{of_dir} deletes it"
        )


def layout() -> dict[str, Any]:
    """Everything that decides whether a kept state can be read, part by part."""
    tables = {
        name: {key: resource["Properties"].get(key) for key in KEYS}
        for name, resource in yaml.load(TEMPLATE.read_text(), _Loader)["Resources"].items()  # noqa: S506 - a safe one
        if resource["Type"] == "AWS::DynamoDB::Table"
    }
    return {
        "rows": runpy.run_path(str(LAYOUT))["LAYOUT"],
        "tables": tables,
        "emulator": version("ministack"),
        "snapshots": SNAPSHOTS,
    }


def forget(place: Place) -> bool:
    """Delete the state of a stopped stack. Returns False, and deletes nothing, in a folder that never had a stack."""
    if not place.emulator_log.exists():
        return False
    for folder in (place.state, place.objects):
        shutil.rmtree(folder, ignore_errors=True)
    place.stack_file.unlink(missing_ok=True)
    return True


def link_tree(source: Path, target: Path, but: str = "") -> None:
    """Copy a folder by hard links. Its files are replaced and never written into, so each copy stays as it is."""
    shutil.copytree(source, target, copy_function=os.link, ignore=shutil.ignore_patterns(but, "*.tmp"))


def _begin(place: Place) -> None:
    """Start with an empty snapshot, and without objects, since no table refers to any."""
    for folder in (place.state, place.objects):
        shutil.rmtree(folder, ignore_errors=True)
    (place.state / "0" / "objects").mkdir(parents=True)
    place.objects.mkdir()
    place.layout_file.write_text(json.dumps(layout(), indent=2) + "\n")
    place.current.symlink_to("0")


def _put_back_objects(place: Place) -> None:
    """Restore the snapshot's objects: those on disk may be newer than its tables."""
    shutil.rmtree(place.objects, ignore_errors=True)
    link_tree(place.current / "objects", place.objects)


# In Python it would take a second.
_Fast: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Fast):  # type: ignore[misc]
    """Reads CloudFormation's short forms as plain values. The keys of tables use none that matters here."""


_Loader.add_multi_constructor("!", lambda loader, suffix, node: f"!{suffix} {node.value}")
