"""YAML as nodes, so that tags and aliases stay what they are."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import yaml

Place = tuple[str | int, ...]


class Edit(NamedTuple):
    """What lies at a path becomes another node, or goes."""

    path: Place
    node: yaml.Node | None


LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


@lru_cache(maxsize=4)
def composed(text: str) -> yaml.Node:
    return yaml.compose(text, Loader=LOADER) or NOTHING


def changed(node: yaml.Node, edit: Edit, path: Place) -> Any:
    """A copy along the path, so that what is shared by an alias changes in this place only."""
    if not path:
        return edit.node
    first, rest = path[0], path[1:]
    if isinstance(node, yaml.MappingNode):
        pairs: list[Any] = []
        for key, value in node.value:
            made = changed(value, edit, rest) if key.value == first else value
            pairs += [(key, made)] if made is not None else []
        return yaml.MappingNode(node.tag, pairs)
    items: list[Any] = []
    for place, value in enumerate(node.value):
        made = changed(value, edit, rest) if place == first else value
        items += [made] if made is not None else []
    return yaml.SequenceNode(node.tag, items)


def text_of_node(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return f"{node.tag} {node.value}" if node.tag.startswith("!") else str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return "[" + ", ".join(map(text_of_node, node.value)) + "]"
    inner = ", ".join(f"{key.value}: {text_of_node(value)}" for key, value in node.value)
    return "{ " + inner + " }"


def entries(node: yaml.Node) -> list[tuple[str, yaml.Node]]:
    return [(key.value, value) for key, value in node.value] if isinstance(node, yaml.MappingNode) else []


def items(node: yaml.Node) -> list[yaml.Node]:
    return list(node.value) if isinstance(node, yaml.SequenceNode) else [node]


NOTHING = yaml.ScalarNode("tag:yaml.org,2002:null", "")


def get(node: yaml.Node, name: str) -> yaml.Node:
    return next((value for key, value in entries(node) if key == name), NOTHING)
