"""The workflows as they are drawn: every state can be reached, none goes on for ever, and tasks are given up alike."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.tables import ROOT
from tests.support.template.deployed import functions, properties
from tests.support.template.walking import definition, function_of, machines_in, next_of

WORKFLOWS = {name: definition(name) for name in properties("AWS::StepFunctions::StateMachine")}
MACHINES = {
    f"{name} {number}" if number else name: machine
    for name, workflow in WORKFLOWS.items()
    for number, machine in enumerate(machines_in(workflow))
}
"""Each workflow, and behind it what its maps run for each item."""
ERASURE = MACHINES["ErasureWorkflow"]


@pytest.mark.parametrize("machine", MACHINES)
def test_every_task_is_retried_and_given_up_alike(machine: str) -> None:
    tasks = [each for each in MACHINES[machine]["States"].values() if each["Type"] == "Task"]
    if not tasks:
        (each,) = [each for each in MACHINES[machine]["States"].values() if each["Type"] == "Map"]
        assert [catch["ErrorEquals"] for catch in each["Catch"]] == [["States.ALL"]]
        return
    for task in tasks:
        assert task["Retry"] == tasks[0]["Retry"]
        (retry,) = task["Retry"]
        assert (retry["ErrorEquals"], retry["JitterStrategy"]) == (["States.ALL"], "FULL")
        # Each pause is longer than the one before, up to two minutes.
        assert (retry["IntervalSeconds"], retry["BackoffRate"], retry["MaxDelaySeconds"]) == (2, 3, 120)
        assert retry["MaxAttempts"] == 80
        (catch,) = task["Catch"]
        assert catch["ErrorEquals"] == ["States.ALL"]
        # What it says of its error lies where its answer would lie, or nowhere.
        assert catch.get("ResultPath") in (None, task.get("ResultPath"))
        # After its function is, and soon after.
        assert task["TimeoutSeconds"] == tasks[0]["TimeoutSeconds"]
    longest = max(functions()[function_of(task)]["Timeout"] for task in tasks)
    assert longest < tasks[0]["TimeoutSeconds"] <= longest + 120


@pytest.mark.parametrize("machine", MACHINES)
def test_a_choice_reads_what_the_task_before_it_has_said_in_words_that_its_function_says(machine: str) -> None:
    """A word that nobody says would never be chosen."""
    states = MACHINES[machine]["States"]
    for name, state in states.items():
        after = states.get(state.get("Next", ""), {})
        if state["Type"] == "Task" and after.get("Type") == "Choice":
            for choice in after["Choices"]:
                assert choice["Variable"] == f"{state['ResultPath']}.outcome", name
                assert choice["StringEquals"] in _said_by(function_of(state)), name


def test_a_load_lists_the_parts_in_the_bucket_and_hands_over_their_keys() -> None:
    parts = MACHINES["LoadWorkflow"]["States"]["SendParts"]
    # Its role may start and stop what has this name.
    assert properties("AWS::StepFunctions::StateMachine")["LoadWorkflow"]["StateMachineName"] == "AWS::StackName-loads"
    assert parts["ItemReader"]["Resource"] == "arn:aws:states:::s3:listObjectsV2"
    assert parts["ItemReader"]["Parameters"] == {"Bucket": "LoadsBucket", "Prefix.$": "$.prefix"}
    assert parts["ItemSelector"] == {"key.$": "$$.Map.Item.Value.Key"}
    # So many at once and no more; nobody reads what they answer.
    assert (parts["MaxConcurrency"], parts.get("ResultPath", "$")) == (10, None)
    # An express child would be ended after five minutes, and a part that waits for the fold takes longer.
    assert parts["ItemProcessor"]["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    # What the children answer must fit into one state, with its limit of 256 KB.
    most = parts["ItemReader"]["ReaderConfig"]["MaxItems"]
    children = MACHINES["LoadWorkflow 1"]["States"]
    (answer,) = [each["Result"] for each in children.values() if each["Type"] == "Pass"]
    assert len(json.dumps([answer] * most)) < 256 * 1024
    assert f"An execution takes {most:,} parts" in (ROOT / "docs/adr/0056-a-load-in-parts.md").read_text()


@pytest.mark.parametrize("machine", MACHINES)
def test_every_state_can_be_reached_and_every_way_leads_to_an_end(machine: str) -> None:
    states = MACHINES[machine]["States"]
    assert {after for state in states.values() for after in next_of(state)} <= set(states)
    assert _from(states, MACHINES[machine]["StartAt"]) == set(states)
    ends = {name for name, each in states.items() if each["Type"] in ("Succeed", "Fail") or each.get("End")}
    for name, state in states.items():
        assert _from(states, name) & ends, name
        leads_on = [name for name in ("Next", "Choices", "End") if state.get(name)]
        assert len(leads_on) == (0 if state["Type"] in ("Succeed", "Fail") else 1), name


def test_a_choice_is_made_once_and_not_over_again() -> None:
    for name, state in ERASURE["States"].items():
        if state["Type"] == "Choice":
            assert all(ERASURE["States"][after]["Type"] != "Choice" for after in next_of(state)), name


def test_nothing_goes_in_circles_without_a_function_that_can_end_it() -> None:
    without_tasks = {name: each for name, each in ERASURE["States"].items() if each["Type"] != "Task"}
    for name, state in without_tasks.items():
        assert all(name not in _from(without_tasks, after) for after in next_of(state)), name


def _from(states: Mapping[str, Any], name: str) -> set[str]:
    """Every state that can come, this one included."""
    seen, waiting = set[str](), [name]
    while waiting:
        at = waiting.pop()
        if at not in seen and at in states:
            seen.add(at)
            waiting += next_of(states[at])
    return seen


@pytest.mark.parametrize("machine", MACHINES)
def test_a_wait_is_of_some_seconds(machine: str) -> None:
    waits = [each["Seconds"] for each in MACHINES[machine]["States"].values() if each["Type"] == "Wait"]
    assert all(0 < float(each) <= 86_400 for each in waits)


def _said_by(function: str) -> set[str]:
    """The texts that stand in a function's code and in what it imports of ours."""
    handler = ROOT / "functions" / (functions()[function]["Handler"].removesuffix(".handler").replace(".", "/") + ".py")
    imported = re.findall(r"^from (customers\.[\w.]+) import", handler.read_text(), re.MULTILINE)
    sources = [handler, *(ROOT / "layers/common/python" / (each.replace(".", "/") + ".py") for each in imported)]
    nodes = (node for source in sources for node in ast.walk(ast.parse(source.read_text())))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_a_workflow_that_fails_rings() -> None:
    alarms = properties("AWS::CloudWatch::Alarm").values()
    watched = {alarm["Dimensions"][0]["Value"] for alarm in alarms if alarm.get("MetricName") == "ExecutionsFailed"}
    assert watched == set(WORKFLOWS)


@pytest.mark.parametrize("machine", MACHINES)
def test_a_failure_has_a_name_and_says_where_to_look(machine: str) -> None:
    for state in MACHINES[machine]["States"].values():
        if state["Type"] == "Fail":
            assert state["Error"].isidentifier()
            assert state["Cause"]
