"""Walks a workflow in memory, in no time: the part of the States Language that ours use, and nothing beyond it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from tests.support.tables import ROOT, template
from tests.support.template.deployed import properties

FIELDS = {
    "Task": {"Resource", "TimeoutSeconds", "ResultPath", "Retry", "Catch", "Next", "End"},
    "Choice": {"Choices", "Default"},
    "Wait": {"Seconds", "Next"},
    "Succeed": set[str](),
    "Pass": {"Result", "End"},
    "Map": {
        *("MaxConcurrency", "ItemReader", "ItemSelector", "ItemProcessor", "ResultPath"),
        *("Retry", "Catch", "Next", "End"),
    },
    "Fail": {"Error", "Cause"},
}
"""What a state of each type may have. What is not here is not walked, and so not held to anything."""
MOST = 500
"""Steps, after which a walk is taken for endless."""
Act = Callable[[str, Mapping[str, Any]], str]
"""What a function answers with to what it is given: a word. It may raise."""


class Thrown(Exception):  # noqa: N818 - what a function does, not what is wrong here
    """A function's error, or that it has crashed: a workflow does not tell the two apart."""


@dataclass
class Walk:
    """What happened until the end."""

    tasks: list[str] = field(default_factory=list)
    """The functions that ran, each try."""
    path: list[str] = field(default_factory=list)
    """The states that were entered."""
    waits: list[float] = field(default_factory=list)
    """The seconds of every wait state."""
    pauses: list[float] = field(default_factory=list)
    """The seconds of every pause before another try."""
    end: str = ""
    """The name of the error that it failed with; empty where it succeeded."""


def definition(workflow: str) -> dict[str, Any]:
    """The states as AWS gets them. A function is named by its logical id."""
    source = (ROOT / template()["Resources"][workflow]["Properties"]["DefinitionUri"]).read_text()
    named = properties("AWS::StepFunctions::StateMachine")[workflow]["DefinitionSubstitutions"]
    put_in = re.sub(r"\$\{(\w+)\}", lambda found: str(named[found[1]]), source)
    loaded: dict[str, Any] = yaml.load(put_in, yaml.CSafeLoader)
    for machine in machines_in(loaded):
        for state in machine["States"].values():
            assert set(state) <= {"Type", "Comment", *FIELDS[state["Type"]]}, state
    return loaded


def machines_in(machine: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The machine itself, and those that its maps run for each item."""
    maps = [each["ItemProcessor"] for each in machine["States"].values() if each["Type"] == "Map"]
    return [machine, *(inner for each in maps for inner in machines_in(each))]


def function_of(state: Mapping[str, Any]) -> str:
    name: str = state["Resource"].removesuffix(".Arn")
    return name


def walk(workflow: Mapping[str, Any], given: Mapping[str, Any], act: Act) -> Walk:
    """From the start to an end."""
    done, data, at = Walk(), dict(given), workflow["StartAt"]
    while at:
        assert len(done.path) < MOST, "it goes on without end"
        done.path.append(at)
        state = workflow["States"][at]
        match state["Type"]:
            case "Task":
                at, data = _task(state, data, act, done)
            case "Choice":
                at = next((each["Next"] for each in state["Choices"] if _holds(each, data)), state["Default"])
            case "Wait":
                done.waits.append(float(state["Seconds"]))
                at = state["Next"]
            case "Fail":
                done.end, at = state["Error"], ""
            case _:
                at = ""
    return done


def _task(state: Mapping[str, Any], data: dict[str, Any], act: Act, done: Walk) -> tuple[str, dict[str, Any]]:
    """The next state, and what it is given."""
    pauses = _pauses(state.get("Retry", []))
    while True:
        done.tasks.append(function_of(state))
        try:
            outcome = {"outcome": act(function_of(state), data)}
        except Thrown:
            if (pause := next(pauses, None)) is not None:
                done.pauses.append(pause)
                continue
            caught = next((each for each in state.get("Catch", []) if "States.ALL" in each["ErrorEquals"]), None)
            if caught is None:
                done.end = "Thrown"
                return "", data
            return caught["Next"], _placed(data, caught, {"Error": "Thrown"})
        assert ("Next" in state) != state.get("End", False)
        return state.get("Next", ""), _placed(data, state, outcome)


def _pauses(retriers: Iterable[Mapping[str, Any]]) -> Any:
    """The longest that each pause may be: the jitter makes it shorter."""
    retrier = next((each for each in retriers if "States.ALL" in each["ErrorEquals"]), None)
    if retrier:
        for number in range(retrier.get("MaxAttempts", 3)):
            pause = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2) ** number
            yield min(pause, retrier.get("MaxDelaySeconds", pause))


def _placed(data: dict[str, Any], state: Mapping[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    path = state.get("ResultPath", "$")
    return result if path == "$" else {**data, path.removeprefix("$."): result}


def _holds(choice: Mapping[str, Any], data: Any) -> bool:
    assert set(choice) - {"Variable", "Next"} in ({"IsPresent"}, {"StringEquals"}), choice
    there, value = True, data
    for name in choice["Variable"].removeprefix("$.").split("."):
        there = there and isinstance(value, Mapping) and name in value
        value = value[name] if there else None
    if "IsPresent" in choice:
        return there is choice["IsPresent"]
    assert there, f"{choice['Variable']} is not there: the execution fails"
    return bool(value == choice["StringEquals"])


def next_of(state: Mapping[str, Any]) -> list[str]:
    """Every state that may come after it."""
    named = [state.get("Next"), state.get("Default"), *(each["Next"] for each in state.get("Choices", []))]
    return [each for each in [*named, *(each["Next"] for each in state.get("Catch", []))] if each]
