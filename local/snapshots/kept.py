"""What a stack keeps between two starts: whether it can be read, and which instant it is of."""

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
"""The number of the form of snapshots: raise it when `local/snapshots/keeper.py` writes them in another way."""
KEYS = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "LocalSecondaryIndexes", "StreamSpecification")


def prepare(place: Place) -> str:
    """Make the kept state ready for a start. Gives a line about what a kill has lost, or nothing."""
    check(place)
    if not place.current.exists():
        _begin(place)
        return ""
    _put_back_objects(place)
    if not place.unsaved_mark.exists():
        return ""
    if not (place.current / "saved.json").exists():
        return "The emulator ended before it had saved anything: beginning from nothing"
    return (
        f"The emulator ended without saving: going on with its state of {saved_at(place):%Y-%m-%d %H:%M:%S}; "
        "what came after is lost"
    )


def saved_at(place: Place) -> datetime:
    """The instant that the kept state is of."""
    return datetime.fromtimestamp(json.loads((place.current / "saved.json").read_text())["at"]).astimezone()


def check(place: Place) -> None:
    """Refuse a kept state that this code would read wrongly."""
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
            f"The kept state in {place.state} is of another layout ({', '.join(others)}) and is not read: "
            f"make reset{of_dir} forgets it"
        )


def layout() -> dict[str, Any]:
    """All that decides whether a kept state can be read, part by part."""
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
    """Delete the state of a stack that is stopped. False where none ever was: such a folder is not touched."""
    if not place.emulator_log.exists():
        return False
    for folder in (place.state, place.objects):
        shutil.rmtree(folder, ignore_errors=True)
    place.stack_file.unlink(missing_ok=True)
    return True


def link_tree(source: Path, target: Path, but: str = "") -> None:
    """Copy a folder by links to its files, which are replaced and never written into: each copy stays as it is."""
    shutil.copytree(source, target, copy_function=os.link, ignore=shutil.ignore_patterns(but, "*.tmp"))


def _begin(place: Place) -> None:
    """An empty snapshot. Objects without the tables that name them are nobody's."""
    for folder in (place.state, place.objects):
        shutil.rmtree(folder, ignore_errors=True)
    (place.state / "0" / "objects").mkdir(parents=True)
    place.objects.mkdir()
    place.layout_file.write_text(json.dumps(layout(), indent=2) + "\n")
    place.current.symlink_to("0")


def _put_back_objects(place: Place) -> None:
    """The objects of the snapshot: those on disk may be of a later instant than its tables."""
    shutil.rmtree(place.objects, ignore_errors=True)
    link_tree(place.current / "objects", place.objects)


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms as plain values: the keys of tables have none that matter."""


_Loader.add_multi_constructor("!", lambda loader, suffix, node: f"!{suffix} {node.value}")
