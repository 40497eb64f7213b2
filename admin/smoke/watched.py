"""The alarms: each is there and watches what its template says, and none of them rings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from admin.smoke.caller import Elsewhere, Failed
from admin.smoke.expected import UNKNOWN, Expected
from admin.stack.location import Stack

AT_ONCE = 100
"""Alarms that CloudWatch describes in one answer."""


def alarms(stack: Stack, expected: Expected) -> None:
    found, wrong = _described(stack, expected), []
    for name, resource in expected.all("AWS::CloudWatch::Alarm"):
        about = found.get(resource.id)
        if about is None:
            wrong.append(f"{name} is not there")
        elif not _same(resource.properties, about):
            wrong.append(f"{name} watches {_named(about)}, not {_named(resource.properties)}")
        elif float(about["Threshold"]) != float(resource.properties["Threshold"]):
            wrong.append(f"{name} rings from {about['Threshold']:g}, not {float(resource.properties['Threshold']):g}")
        elif not about.get("ActionsEnabled", True):
            wrong.append(f"{name} notifies nobody")
    if wrong:
        raise Failed("; ".join(wrong))


def ringing(stack: Stack, expected: Expected) -> None:
    if stack.may_lose_state:
        raise Elsewhere("the emulator does not evaluate alarms")
    found = _described(stack, expected)
    rings = [
        name
        for name, resource in expected.all("AWS::CloudWatch::Alarm")
        if found.get(resource.id, {}).get("StateValue") == "ALARM"
    ]
    if rings:
        raise Failed(", ".join(rings))


def _described(stack: Stack, expected: Expected) -> dict[str, Any]:
    names, found = [each.id for _, each in expected.all("AWS::CloudWatch::Alarm")], list[Any]()
    client: Any = stack.client("cloudwatch")
    for start in range(0, len(names), AT_ONCE):
        page = names[start : start + AT_ONCE]
        found += client.describe_alarms(AlarmNames=page, MaxRecords=AT_ONCE)["MetricAlarms"]
    return {each["AlarmName"]: each for each in found}


def _same(must: Mapping[str, Any], has: Mapping[str, Any]) -> bool:
    """Whether the metric and its dimensions are the same, or the expressions of several metrics."""
    return _metric(must) == _metric(has) and all(
        value is UNKNOWN or _dimensions(has).get(name) == value for name, value in _dimensions(must).items()
    )


def _metric(about: Mapping[str, Any]) -> Any:
    several = sorted((each.get("Id"), each.get("Expression")) for each in about.get("Metrics", []))
    return (
        about.get("Namespace"),
        about.get("MetricName"),
        sorted(_dimensions(about)),
        several,
        float(about["Threshold"]),
    )


def _dimensions(about: Mapping[str, Any]) -> dict[str, Any]:
    return {each["Name"]: each["Value"] for each in about.get("Dimensions", [])}


def _named(about: Mapping[str, Any]) -> str:
    return f"{about.get('Namespace')} {about.get('MetricName')}"
