"""Mutants of the template and of the workflows: an entry is missing, or says something else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import yaml

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
_STRAYS = 3
"""Foreign grants that a role is given, one at a time."""

Path_ = tuple[str | int, ...]


class Edit(NamedTuple):
    """What lies at a path becomes another node, or goes."""

    path: Path_
    node: yaml.Node | None


def mutants_of(root: Path, file: str, *, workflow: bool) -> list[Mutant]:
    text = (root / file).read_text()
    return list(numbered(_of_workflow(text, file) if workflow else _of_template(text, file)))


def sides(root: Path, mutant: Mutant) -> tuple[str, str]:
    """What lies at the path as it is and with the fault in it."""
    edit: Edit = mutant.edit
    node = _composed((root / mutant.file).read_text())
    for name in edit.path:
        node = node.value[name] if isinstance(name, int) else _get(node, name)
    path = ".".join(map(str, edit.path))
    return f"{path}: {_text(node)}", "" if edit.node is None else f"{path}: {_text(edit.node)}"


def text_of(root: Path, mutant: Mutant) -> str:
    """The whole file with the fault in it. Comments are gone; what it says is the same."""
    edit: Edit = mutant.edit
    return str(yaml.serialize(_with(_composed((root / mutant.file).read_text()), edit, edit.path), Dumper=_DUMPER))


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


@lru_cache(maxsize=4)
def _composed(text: str) -> yaml.Node:
    return yaml.compose(text, Loader=_LOADER) or _NOTHING


def _with(node: yaml.Node, edit: Edit, path: Path_) -> Any:
    """A copy along the path, so that what is shared by an alias changes in this place only."""
    if not path:
        return edit.node
    first, rest = path[0], path[1:]
    if isinstance(node, yaml.MappingNode):
        pairs: list[Any] = []
        for key, value in node.value:
            made = _with(value, edit, rest) if key.value == first else value
            pairs += [(key, made)] if made is not None else []
        return yaml.MappingNode(node.tag, pairs)
    items: list[Any] = []
    for place, value in enumerate(node.value):
        made = _with(value, edit, rest) if place == first else value
        items += [made] if made is not None else []
    return yaml.SequenceNode(node.tag, items)


def _walk(node: yaml.Node, path: Path_, seen: set[int] | None) -> Iterator[tuple[Path_, yaml.Node, bool]]:
    """Every entry and element. With `seen`, what several aliases share once."""
    pairs: Iterable[tuple[Any, yaml.Node]] = ()
    if isinstance(node, yaml.MappingNode):
        pairs = ((key.value, value) for key, value in node.value if key.value not in _WORDS)
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
        yield from _walk(value, (*path, name), below)


def _of_template(text: str, file: str) -> Iterator[Mutant]:
    root = _composed(text)
    resources = _get(root, "Resources")
    kinds = {name: _get(each, "Type").value for name, each in _entries(resources)}
    for section in _SECTIONS:
        for path, node, apart in _walk(_get(root, section), (section,), None):
            if len(path) > 2:
                yield from _faults(path, node, file, kinds, (), apart=apart)
    for name, kind in kinds.items():
        if kind in ("AWS::Serverless::Function", "AWS::Serverless::StateMachine"):
            yield from _strays(resources, name, file)


def _of_workflow(text: str, file: str) -> Iterator[Mutant]:
    root = _composed(text)
    states = [name for name, _ in _entries(_get(root, "States"))]
    for path, node, apart in _walk(root, (), None):
        if path != ("States",):
            yield from _faults(path, node, file, {}, states, apart=apart)
    for name, state in _entries(_get(root, "States")):
        kind = _get(state, "Type")
        if kind.value in _OTHERS:
            other = yaml.ScalarNode(kind.tag, _OTHERS[kind.value])
            yield _mutant(("States", name, "Type"), kind, file, "change", other)


def _faults(
    path: Path_, node: yaml.Node, file: str, kinds: dict[str, str], states: Sequence[str], *, apart: bool
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


def _other_values(path: Path_, node: yaml.ScalarNode, kinds: dict[str, str], states: Sequence[str]) -> Iterator[str]:
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


def _strays(resources: yaml.Node, name: str, file: str) -> Iterator[Mutant]:
    """Grants of other roles, one at a time, in addition to its own."""
    path: Path_ = ("Resources", name, "Properties", "Policies")
    policies = _get(_get(_get(resources, name), "Properties"), "Policies")
    own = set(_pairs(policies))
    others: dict[tuple[str, str], None] = {}
    for _, each in _entries(resources):
        others |= dict.fromkeys(_pairs(_get(_get(each, "Properties"), "Policies")))
    strays = sorted(
        (each for each in others if each not in own),
        key=lambda each: hashlib.sha256(f"{name} {each}".encode()).digest(),
    )
    for action, resource in strays[:_STRAYS]:
        tag, _, value = resource.partition(" ")
        statement = f'Statement: {{ Effect: Allow, Action: "{action}", Resource: {tag} "{value}" }}'
        added = yaml.compose(statement, Loader=_LOADER)
        old = policies.value if isinstance(policies, yaml.SequenceNode) else []
        if isinstance(policies, yaml.SequenceNode):
            node = yaml.SequenceNode(policies.tag, [*old, added])
            yield _mutant(path, policies, file, f"add grant {action} on {value}", node)


def _pairs(policies: yaml.Node) -> Iterator[tuple[str, str]]:
    for policy in policies.value if isinstance(policies, yaml.SequenceNode) else []:
        for statement in _items(_get(policy, "Statement")):
            for action in _items(_get(statement, "Action")):
                for resource in _items(_get(statement, "Resource")):
                    if isinstance(resource, yaml.ScalarNode) and resource.tag.startswith("!"):
                        yield action.value, f"{resource.tag} {resource.value}"


def _mutant(path: Path_, node: yaml.Node, file: str, operator: str, new: yaml.Node | None) -> Mutant:
    room = "workflow" if file != TEMPLATE else _room(path)
    start = 2 if path[0] in (*_SECTIONS, "States") and len(path) > 2 else 0
    function = str(path[1]) if start else file.rpartition("/")[2].partition(".")[0]
    if room == "workflow" and start:
        function = f"{file.rpartition('/')[2].partition('.')[0]}.{path[1]}"
    inside = ".".join(map(str, path[start:]))
    before, after = _text(node), "" if new is None else _text(new)
    told = operator if operator.startswith("add") else f"{operator}: {inside}"
    if operator == "change":
        told += f": {before} → {after}"
    elif operator == "drop":
        told += f" ({before[:80]})" if isinstance(path[-1], int) else ""
    line = node.start_mark.line + 1 if node.start_mark else 1
    severity = "access" if room == "iam" or "PolicyDocument" in path else "deployment"
    return Mutant(file, room, function, told, severity, line, Edit(path, new), imports=True)


def _room(path: Path_) -> str:
    return (
        "iam" if "Policies" in path or "AssumeRolePolicyDocument" in path or "ManagedPolicyArns" in path else "template"
    )


def _text(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return f"{node.tag} {node.value}" if node.tag.startswith("!") else str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return "[" + ", ".join(map(_text, node.value)) + "]"
    inner = ", ".join(f"{key.value}: {_text(value)}" for key, value in node.value)
    return "{ " + inner + " }"


def _entries(node: yaml.Node) -> list[tuple[str, yaml.Node]]:
    return [(key.value, value) for key, value in node.value] if isinstance(node, yaml.MappingNode) else []


def _items(node: yaml.Node) -> list[yaml.Node]:
    return list(node.value) if isinstance(node, yaml.SequenceNode) else [node]


_NOTHING = yaml.ScalarNode("tag:yaml.org,2002:null", "")


def _get(node: yaml.Node, name: str) -> yaml.Node:
    return next((value for key, value in _entries(node) if key == name), _NOTHING)
