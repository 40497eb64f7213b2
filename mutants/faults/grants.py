"""Grants that a role is not to have: those of others."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import yaml

from mutants.faults.yaml_nodes import LOADER, entries, get, items

_STRAYS = 3
"""Foreign grants that a role is given, one at a time."""


def strays(resources: yaml.Node, name: str) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
    """What each is called, the policies of a role as they are, and those with one grant of another role added."""
    policies = get(get(get(resources, name), "Properties"), "Policies")
    if not isinstance(policies, yaml.SequenceNode):
        return
    own = set(_pairs(policies))
    others: dict[tuple[str, str], None] = {}
    for _, each in entries(resources):
        others |= dict.fromkeys(_pairs(get(get(each, "Properties"), "Policies")))
    foreign = sorted(
        (each for each in others if each not in own),
        key=lambda each: hashlib.sha256(f"{name} {each}".encode()).digest(),
    )
    for action, resource in foreign[:_STRAYS]:
        tag, _, value = resource.partition(" ")
        statement = f'Statement: {{ Effect: Allow, Action: "{action}", Resource: {tag} "{value}" }}'
        added = yaml.compose(statement, Loader=LOADER)
        yield f"{action} on {value}", policies, yaml.SequenceNode(policies.tag, [*policies.value, added])


def _pairs(policies: yaml.Node) -> Iterator[tuple[str, str]]:
    for policy in policies.value if isinstance(policies, yaml.SequenceNode) else []:
        for statement in items(get(policy, "Statement")):
            for action in items(get(statement, "Action")):
                for resource in items(get(statement, "Resource")):
                    if isinstance(resource, yaml.ScalarNode) and resource.tag.startswith("!"):
                        yield action.value, f"{resource.tag} {resource.value}"
