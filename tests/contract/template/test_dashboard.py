"""What an operator looks at: each figure is one that this stack makes, and is explained in the runbook."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.support.tables import ROOT
from tests.support.template.deployed import functions, properties, resources

(DASHBOARD,) = properties("AWS::CloudWatch::Dashboard").values()
WIDGETS = [each["properties"] for each in json.loads(DASHBOARD["DashboardBody"])["widgets"]]
QUERIES = properties("AWS::Logs::QueryDefinition")
RUNBOOK = (ROOT / "docs/runbook.md").read_text()
OWN = {"failed", "duration_ms"}
"""The metrics in our log lines."""


def test_a_dashboard_and_queries_are_of_an_account_alone() -> None:
    assert DASHBOARD["DashboardName"] == "AWS::StackName"
    local = {each["Type"] for each in resources(IsLocal="true").values()}
    assert not {"AWS::CloudWatch::Dashboard", "AWS::Logs::QueryDefinition"} & local


@pytest.mark.parametrize("widget", WIDGETS, ids=lambda each: str(each["title"]))
def test_a_figure_is_of_something_that_is_there(widget: dict[str, Any]) -> None:
    operations = {each["Handler"].split(".")[-2] for each in functions().values()}
    there = {
        *resources(),
        *operations,
        "v1",
        "AWS::StackName",
        *(f"{name}.QueueName" for name in properties("AWS::SQS::Queue")),
    }
    for namespace, metric, *dimensions in widget["metrics"]:
        values = [each for each in dimensions if isinstance(each, str)][1::2]
        assert set(values) <= there, metric
        assert namespace.startswith(("AWS/", "Customers"))
        assert metric in OWN or namespace != "Customers"


def test_each_figure_has_its_line_in_the_runbook() -> None:
    """By its number."""
    numbers = [int(each["title"].split()[0]) for each in WIDGETS]
    assert numbers == [*range(1, len(WIDGETS) + 1)]
    section = RUNBOOK.partition("## The dashboard and the saved queries")[2].partition("\n## ")[0]
    assert [int(each) for each in re.findall(r"^\| (\d+) \|", section, re.MULTILINE)] == numbers
    assert {name for each in QUERIES.values() if (name := each["Name"].partition("/")[2])} == set(
        re.findall(r"^\| `([a-z ]+)` \|", section, re.MULTILINE)
    )


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_reads_a_log_of_this_stack_and_no_value_that_could_name_a_person(name: str) -> None:
    query = QUERIES[name]
    (log,) = query["LogGroupNames"]
    # Of the gateway's fields, those that no line of a function has.
    is_of_gateway = bool(re.search(r"\b(latency_ms|resource)\b", query["QueryString"]))
    assert log == ("AccessLogs" if is_of_gateway else "Logs")
    assert query["Name"].startswith("AWS::StackName/")
    assert not re.search(r"phone|message_body|@message", query["QueryString"])
    stages = [each.partition(" ")[::2] for each in query["QueryString"].split(" | ")]
    assert {command for command, _ in stages} <= {"fields", "filter", "stats", "sort", "limit"}
    made = {"@timestamp", *re.findall(r" as (\w+)", query["QueryString"])}
    said = dict(stages)
    assert said["sort"].removesuffix(" desc") in made
    assert said.get("limit", "100") in ("50", "100")
