"""What runs: functions with their environment, the mappings that feed them, rules and queues."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from admin.restore import consumers as mappings
from admin.smoke.caller import Failed
from admin.smoke.expected import UNKNOWN, Expected
from admin.stack.location import Stack


def functions(stack: Stack, expected: Expected) -> None:
    pages = stack.client("lambda").get_paginator("list_functions").paginate()
    found = {each["FunctionName"]: each for page in pages for each in page["Functions"]}
    wrong = []
    for name, resource in expected.all("AWS::Lambda::Function"):
        about = found.get(resource.id)
        if about is None:
            wrong.append(f"{name} is not there")
            continue
        wrong += [f"{name}: {each}" for each in _differences(resource.properties, about)]
    if wrong:
        raise Failed("; ".join(wrong))


def _differences(properties: Mapping[str, Any], about: Mapping[str, Any]) -> Iterator[str]:
    """By name only: a value may be a secret one day."""
    for name in ("Handler", "Timeout", "MemorySize"):
        if str(about.get(name)) != str(properties[name]):
            yield name
    must = properties.get("Environment", {}).get("Variables", {})
    has = about.get("Environment", {}).get("Variables", {})
    for variable, value in must.items():
        if value is not UNKNOWN and has.get(variable) != str(value):
            yield variable


def consumers(stack: Stack, _expected: Expected) -> None:
    client = stack.client("lambda")
    if idle := [*mappings.not_in(client, mappings.mappings(stack), "Enabled")]:
        raise Failed(f"not enabled: {', '.join(idle)}")


def rules(stack: Stack, expected: Expected) -> None:
    client, wrong = stack.client("events"), list[str]()
    for name, resource in expected.all("AWS::Events::Rule"):
        # A rule of a bus of one's own has the bus's name before its own, on an account.
        rule = resource.id.rpartition("|")[2]
        bus = {"EventBusName": stack.bus} if "EventBusName" in resource.properties else {}
        try:
            if client.describe_rule(Name=rule, **bus)["State"] != "ENABLED":
                wrong.append(f"{name} is disabled")
            if len(client.list_targets_by_rule(Rule=rule, **bus)["Targets"]) != len(resource.properties["Targets"]):
                wrong.append(f"{name} has not its targets")
        except client.exceptions.ResourceNotFoundException:
            wrong.append(f"{name} is not there")
    if wrong:
        raise Failed("; ".join(wrong))


def queues(stack: Stack, expected: Expected) -> None:
    wrong = []
    for name, resource in expected.all("AWS::SQS::Queue"):
        has, must = _attributes(stack, resource.id), resource.properties
        if str(must.get("VisibilityTimeout", 30)) != has["VisibilityTimeout"]:
            wrong.append(f"{name}: VisibilityTimeout is {has['VisibilityTimeout']} s")
        tries = json.loads(has.get("RedrivePolicy", "{}")).get("maxReceiveCount")
        if must.get("RedrivePolicy", {}).get("maxReceiveCount") != (int(tries) if tries else None):
            wrong.append(f"{name}: gives a message up after {tries} tries")
    if wrong:
        raise Failed("; ".join(wrong))


def dead_letters(stack: Stack, expected: Expected) -> None:
    full = [
        name
        for name, resource in expected.all("AWS::SQS::Queue")
        if name.startswith("Dead") and int(_attributes(stack, resource.id)["ApproximateNumberOfMessages"])
    ]
    if full:
        raise Failed(", ".join(full))


def _attributes(stack: Stack, queue: str) -> dict[str, str]:
    names: Any = ["VisibilityTimeout", "RedrivePolicy", "ApproximateNumberOfMessages"]
    found: dict[str, str] = stack.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    return found
