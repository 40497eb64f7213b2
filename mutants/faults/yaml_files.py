"""Mutants of the template and of the workflows: an entry is missing, or says something else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import yaml

from mutants.faults.grants import strays
from mutants.faults.yaml_nodes import DUMPER, Edit, Place, changed, composed, entries, get, text_of_node
from mutants.mutant import Mutant, numbered

TEMPLATE = "template.yaml"
_SECTIONS = ("Globals", "Resources")
_WORDS = ("Description", "AlarmDescription", "Metadata", "Cause", "Comment", "Handler", "Path", "Type", "Id")
"""Only people read these, or a function cannot be called without them."""
_OTHERS = {
    "NEW_IMAGE": "KEYS_ONLY", "NEW_AND_OLD_IMAGES": "NEW_IMAGE", "KEYS_ONLY": "ALL", "ALL": "KEYS_ONLY",
    "Allow": "Deny", "Deny": "Allow", "Retain": "Delete", "Delete": "Retain", "Fail": "Succeed",
    "GreaterThanThreshold": "LessThanThreshold", "GreaterThanOrEqualToThreshold": "LessThanThreshold",
    "LessThanThreshold": "GreaterThanThreshold", "TRIM_HORIZON": "LATEST", "LATEST": "TRIM_HORIZON",
    "notBreaching": "missing", "Sum": "Average", "Average": "Sum", "Maximum": "Minimum", "FULL": "NONE",
    "HASH": "RANGE", "RANGE": "HASH",
}  # fmt: skip


def mutants_of(root: Path, file: str, *, workflow: bool) -> list[Mutant]:
    text = (root / file).read_text()
    return list(numbered(_of_workflow(text, file) if workflow else _of_template(text, file)))


def sides(root: Path, mutant: Mutant) -> tuple[str, str]:
    """What lies at the path as it is and with the fault in it."""
    edit: Edit = mutant.edit
    node = composed((root / mutant.file).read_text())
    for name in edit.path:
        node = node.value[name] if isinstance(name, int) else get(node, name)
    path = ".".join(map(str, edit.path))
    return f"{path}: {text_of_node(node)}", "" if edit.node is None else f"{path}: {text_of_node(edit.node)}"


def text_of(root: Path, mutant: Mutant) -> str:
    """The whole file with the fault in it. Comments are gone; what it says is the same."""
    edit: Edit = mutant.edit
    return str(yaml.serialize(changed(composed((root / mutant.file).read_text()), edit, edit.path), Dumper=DUMPER))


def _walk(
    node: yaml.Node, path: Place, seen: set[int] | None, said: frozenset[str] = frozenset()
) -> Iterator[tuple[Place, yaml.Node, bool]]:
    """Every entry and element. With `seen`, what several aliases share once; without what is `said` otherwise where a
    mapping is merged.
    """
    pairs: Iterable[tuple[str | int, yaml.Node]] = ()
    if isinstance(node, yaml.MappingNode):
        pairs = ((key.value, value) for key, value in node.value if key.value not in (*_WORDS, *said))
    elif isinstance(node, yaml.SequenceNode):
        # The condition of an !If and the name in a !GetAtt are not planted: `make template` refuses what they would be.
        pairs = [pair for pair in enumerate(node.value) if not (node.tag in ("!If", "!Equals") and pair[0] == 0)]
    for name, value in pairs:
        below = set() if name == "GatewayResponses" else seen
        if below is not None:
            if id(value) in below:
                continue
            below.add(id(value))
        yield (*path, name), value, not node.tag.startswith("!")
        yield from _walk(value, (*path, name), below, frozenset(dict(entries(node))) if name == "<<" else frozenset())


def _of_template(text: str, file: str) -> Iterator[Mutant]:
    root = composed(text)
    resources = get(root, "Resources")
    kinds = {name: get(each, "Type").value for name, each in entries(resources)}
    for section in _SECTIONS:
        for path, node, apart in _walk(get(root, section), (section,), None):
            if len(path) > 2:
                yield from _faults(path, node, file, kinds, (), apart=apart)
    for name, kind in kinds.items():
        if kind in ("AWS::Serverless::Function", "AWS::Serverless::StateMachine"):
            for called, policies, more in strays(resources, name):
                where: Place = ("Resources", name, "Properties", "Policies")
                yield _mutant(where, policies, file, f"add grant {called}", more)


def _of_workflow(text: str, file: str) -> Iterator[Mutant]:
    root = composed(text)
    states = [name for name, _ in entries(get(root, "States"))]
    for path, node, apart in _walk(root, (), None):
        if path != ("States",):
            yield from _faults(path, node, file, {}, states, apart=apart)
    for name, state in entries(get(root, "States")):
        kind = get(state, "Type")
        if kind.value in _OTHERS:
            other = yaml.ScalarNode(kind.tag, _OTHERS[kind.value])
            yield _mutant(("States", name, "Type"), kind, file, "change", other)


def _faults(
    path: Place, node: yaml.Node, file: str, kinds: dict[str, str], states: Sequence[str], *, apart: bool
) -> Iterator[Mutant]:
    iam, item = _room(path) == "iam", isinstance(path[-1], int)
    plain = iam or isinstance(node, yaml.ScalarNode)
    if (item and apart) or (not item and (not plain or path[-2:-1] == ("Properties",) or len(path) == 3)):
        yield _mutant(path, node, file, "drop", None)
    if isinstance(node, yaml.MappingNode) and path[-1] == "Statement":
        # The only one: without it there are none.
        yield _mutant(path, node, file, "drop", yaml.SequenceNode("tag:yaml.org,2002:seq", []))
    if isinstance(node, yaml.ScalarNode) and not iam:
        for value in _other_values(path, node, kinds, states):
            yield _mutant(path, node, file, "change", yaml.ScalarNode(node.tag, value, style=node.style))


def _other_values(path: Place, node: yaml.ScalarNode, kinds: dict[str, str], states: Sequence[str]) -> Iterator[str]:
    value: str = node.value
    kind = node.tag.rpartition(":")[2]
    if kind == "int":
        yield from (str(other) for other in _numbers(int(value)))
    elif kind == "float":
        yield str(float(value) * 10)
    elif kind == "bool":
        yield "false" if value == "true" else "true"
    elif path[-1] in ("Next", "Default", "StartAt"):
        yield from _neighbours(value, states)
    elif node.tag in ("!Ref", "!GetAtt"):
        name, dot, attribute = value.partition(".")
        alike = [each for each, its in kinds.items() if its == kinds.get(name)]
        yield from (f"{other}{dot}{attribute}" for other in _neighbours(name, alike)[:1])
    elif value in _OTHERS:
        yield _OTHERS[value]
    elif kind == "str" and value:
        yield f"{value}-other"


def _numbers(number: int) -> list[int]:
    return [1] if number == 0 else [number // 2, number * 10]


def _neighbours(value: str, alike: Sequence[str]) -> list[str]:
    """Those before and after it."""
    ring = [*alike, *alike[:1]]
    after = [other for one, other in pairwise(ring) if one == value]
    before = [one for one, other in pairwise(ring) if other == value]
    return [each for each in dict.fromkeys([*after, *before]) if each != value]


def _mutant(path: Place, node: yaml.Node, file: str, operator: str, new: yaml.Node | None) -> Mutant:
    room = "workflow" if file != TEMPLATE else _room(path)
    start = 2 if path[0] in (*_SECTIONS, "States") and len(path) > 2 else 0
    function = str(path[1]) if start else file.rpartition("/")[2].partition(".")[0]
    if room == "workflow" and start:
        function = f"{file.rpartition('/')[2].partition('.')[0]}.{path[1]}"
    inside = ".".join(map(str, path[start:]))
    before, after = text_of_node(node), "" if new is None else text_of_node(new)
    told = operator if operator.startswith("add") else f"{operator}: {inside}"
    if operator == "change":
        told += f": {before} → {after}"
    elif operator == "drop":
        told += f" ({before[:80]})" if isinstance(path[-1], int) else ""
    line = node.start_mark.line + 1 if node.start_mark else 1
    severity = "access" if room == "iam" or "PolicyDocument" in path else "deployment"
    return Mutant(file, room, function, told, severity, line, Edit(path, new), imports=True)


def _room(path: Place) -> str:
    return (
        "iam" if "Policies" in path or "AssumeRolePolicyDocument" in path or "ManagedPolicyArns" in path else "template"
    )
