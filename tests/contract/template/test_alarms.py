"""The alarms: each compares what its description says, of something that exists, and notifies the topic."""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Iterable
from typing import Any

import pytest

from customers.edge.log import log_done, logger
from tests.support.tables import ROOT
from tests.support.template.deployed import functions, properties

EVERY = properties("AWS::CloudWatch::Alarm")
ALARMS = {name: each for name, each in EVERY.items() if "MetricName" in each}
SUMS = {name: each for name, each in EVERY.items() if name not in ALARMS}
"""Alarms on the sum of one metric of several things."""
MINUTES = {"five minutes": 300, "over a minute": 60}
PATIENT = {"BulkFactsLateAlarm": 3600}
"""Thresholds of their own."""
BUDGET = 0.001
"""The part of a month's answers that may be 5xx."""
BURNS = {"BudgetBurnsFastAlarm": (1, 14.4), "BudgetBurnsSlowlyAlarm": (6, 6.0)}
"""For how many hours the budget is spent how many times as fast as it lasts."""
KINDS: dict[str, tuple[str, str, float, int]] = {
    "5XXError": ("AWS/ApiGateway", "Average", 0.01, 3),
    "Duration": ("AWS/Lambda", "p99", 500, 3),
    "Errors": ("AWS/Lambda", "Sum", 0, 2),
    "Throttles": ("AWS/Lambda", "Sum", 0, 1),
    "IteratorAge": ("AWS/Lambda", "Maximum", MINUTES["five minutes"] * 1000, 2),
    "ApproximateAgeOfOldestMessage": ("AWS/SQS", "Maximum", MINUTES["five minutes"], 2),
    "ApproximateNumberOfMessagesVisible": ("AWS/SQS", "Maximum", 0, 1),
    "NumberOfMessagesDeleted": ("AWS/SQS", "Sum", 0, 1),
    "ExecutionsFailed": ("AWS/States", "Sum", 0, 1),
    "failed": ("Customers", "Sum", 0, 1),
    "SMSMonthToDateSpentUSD": ("AWS/SNS", "Maximum", 50, 1),
    "NumberOfNotificationsFailed": ("AWS/SNS", "Sum", 10, 1),
    "ClaimedAccountConcurrency": ("AWS/Lambda", "Maximum", 800, 3),
    "RecursiveInvocationsDropped": ("AWS/Lambda", "Sum", 0, 1),
    "Latency": ("AWS/ApiGateway", "p99", 1000, 3),
    "4XXError": ("AWS/ApiGateway", "Average", 0.5, 15),
    "rate_limited": ("Customers/AWS::StackName", "Sum", 10, 3),
}
"""Of each metric where it is from, what of a minute is compared, with what, and for how many minutes on end."""
SECONDS = {"SMSMonthToDateSpentUSD": 300, "NumberOfNotificationsFailed": 900, "Errors": 900}
"""Of what is not looked at each minute."""
LONGER = {"CanaryFailsAlarm": 3, "FoldFailsAlarm": 3, "BulkFoldFailsAlarm": 3, "BalanceBelowZeroAlarm": 4}
"""A fact that fails is tried again; who is below 0 is looked at once a minute and a little."""
SAID = {
    "One lookup in a hundred takes longer than half a second": "Duration",
    "are throttled": "Throttles",
    "five minutes": "(IteratorAge|ApproximateAgeOfOldestMessage)",
}
"""What a description says of what is compared."""


@pytest.mark.parametrize("name", [name for name in ALARMS if name not in BURNS])
def test_an_alarm_compares_what_tells_of_its_trouble(name: str) -> None:
    alarm = ALARMS[name]
    namespace, statistic, threshold, minutes = KINDS[alarm["MetricName"]]
    assert alarm["Namespace"] == namespace
    assert alarm.get("Statistic", alarm.get("ExtendedStatistic")) == statistic
    compared = PATIENT.get(name, threshold)
    assert (float(alarm["Threshold"]), alarm["ComparisonOperator"]) == (compared, "GreaterThanThreshold")
    seconds = SECONDS.get(alarm["MetricName"], 60)
    assert (alarm["Period"], alarm["EvaluationPeriods"]) == (seconds, LONGER.get(name, minutes))
    # One bad minute of them is enough.
    assert alarm.get("DatapointsToAlarm") == (1 if name == "BalanceBelowZeroAlarm" else None)
    # Where nothing happens nothing is wrong, but with the canary.
    assert alarm["TreatMissingData"] == ("breaching" if name == "CanaryFailsAlarm" else "notBreaching")
    assert not {"Metrics", "ActionsEnabled", "InsufficientDataActions", "Unit"} & set(alarm)


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_says_what_it_compares(name: str) -> None:
    description, metric = ALARMS[name]["AlarmDescription"], ALARMS[name]["MetricName"]
    for words, kind in SAID.items() if name not in PATIENT else ():
        assert (words in description) == bool(re.fullmatch(kind, metric)), words


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_watches_what_is_there(name: str) -> None:
    dimensions = ALARMS[name].get("Dimensions", [])
    (api,) = properties("AWS::ApiGateway::RestApi").values()
    (stage,) = properties("AWS::ApiGateway::Stage").values()
    services = {each["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] for each in functions().values()}
    there: dict[tuple[str, ...], set[tuple[str, ...]]] = {
        # The whole account's.
        (): {()},
        ("ApiName",): {(api["Body"]["info"]["title"],)},
        ("ApiName", "Stage"): {(api["Body"]["info"]["title"], stage["StageName"])},
        ("PhoneNumber",): {("PhoneNumberDirect",)},
        ("FunctionName",): {(each,) for each in functions()},
        ("QueueName",): {(f"{each}.QueueName",) for each in properties("AWS::SQS::Queue")},
        ("StateMachineArn",): {(each,) for each in properties("AWS::StepFunctions::StateMachine")},
        ("service", "operation"): {(service, each) for service in services for each in _operations()},
    }
    named = tuple(each["Name"] for each in dimensions)
    assert tuple(each["Value"] for each in dimensions) in there[named]


def _operations() -> set[str]:
    return {each["Handler"].split(".")[-2] for each in functions().values()}


def test_our_own_metric_is_the_one_that_functions_write(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", stream)
    log_done("done", "fold_facts", 1, time.perf_counter())
    line: dict[str, Any] = json.loads(stream.getvalue())
    (written,) = line["_aws"]["CloudWatchMetrics"]
    for alarm in ALARMS.values():
        if alarm["Namespace"] == written["Namespace"]:
            assert [[each["Name"] for each in alarm["Dimensions"]]] == written["Dimensions"]
            assert alarm["MetricName"] in {each["Name"] for each in written["Metrics"]}


def _watched(metric: str) -> set[str]:
    """What alarms on a metric are about."""
    alarms = [each for each in ALARMS.values() if each["MetricName"] == metric]
    return {each["Dimensions"][-1]["Value"].removesuffix(".QueueName") for each in alarms}


def test_whatever_is_given_up_rings_until_somebody_has_seen_to_it() -> None:
    dead = {name for name in properties("AWS::SQS::Queue") if name.startswith("Dead")}
    assert dead - {"DeadFactsQueue"} == _watched("ApproximateNumberOfMessagesVisible")
    # Refused facts leave their queue for a list.
    assert _watched("NumberOfMessagesDeleted") == {"DeadFactsQueue"}


def test_whatever_waits_for_too_long_rings() -> None:
    """Messages whose consumer refuses them in the end; of outboxes and streams, how old their records are."""
    queues = properties("AWS::SQS::Queue")
    waiting = {name for name, each in queues.items() if "RedrivePolicy" in each} | {"DeadFactsQueue"}
    # An outbox comes to its queue by the stream, which rings before it.
    assert _watched("ApproximateAgeOfOldestMessage") == waiting - {"OutboxQueue"}
    sources = properties("AWS::Lambda::EventSourceMapping").values()
    following = {each["FunctionName"] for each in sources if each["EventSourceArn"].endswith(".StreamArn")}
    assert _watched("IteratorAge") == following


def test_what_tills_wait_for_and_what_ends_in_failure_rings() -> None:
    assert _watched("ExecutionsFailed") == set(properties("AWS::StepFunctions::StateMachine"))
    assert _watched("Duration") == _watched("Throttles") == {"LookupFunction"}
    assert _watched("failed") == {"authorizer", "canary", "fold_facts", "fold_bulk_facts", "watch_balances"}
    assert _watched("5XXError") == _watched("4XXError") == _watched("Latency") == {"v1"}


@pytest.mark.parametrize("name", BURNS)
def test_the_error_budget_is_watched_at_two_speeds(name: str) -> None:
    """A fiftieth of a month's budget in an hour, a twentieth in six."""
    alarm, (hours, speed) = ALARMS[name], BURNS[name]
    assert (alarm["Namespace"], alarm["TreatMissingData"]) == ("AWS/ApiGateway", "notBreaching")
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    assert (alarm["MetricName"], alarm["Statistic"], alarm["EvaluationPeriods"]) == ("5XXError", "Average", 1)
    assert alarm["Period"] == hours * 3600
    assert alarm["Threshold"] == pytest.approx(speed * BUDGET)
    spent = {"a fiftieth": 1 / 50, "a twentieth": 1 / 20}
    (said,) = [part for words, part in spent.items() if words in alarm["AlarmDescription"]]
    assert speed * hours / (30 * 24) == pytest.approx(said, rel=0.01)
    assert f"{alarm['Threshold']:.2%}".rstrip("0%") in alarm["AlarmDescription"]


@pytest.mark.parametrize(
    ("name", "namespace", "metric", "things"),
    [
        ("ReadsThrottledAlarm", "AWS/DynamoDB", "ReadThrottleEvents", properties("AWS::DynamoDB::Table")),
        ("WritesThrottledAlarm", "AWS/DynamoDB", "WriteThrottleEvents", properties("AWS::DynamoDB::Table")),
        (
            "RulesFailAlarm",
            "AWS/Events",
            "FailedInvocations",
            [name for name, each in properties("AWS::Events::Rule").items() if "EventPattern" in each],
        ),
    ],
)
def test_a_sum_is_of_everything_of_its_kind(name: str, namespace: str, metric: str, things: Iterable[str]) -> None:
    (total, *summed) = SUMS[name]["Metrics"]
    assert total == {"Id": "sum", "Expression": "SUM(METRICS())", "Label": metric}
    told = ("AlarmDescription", "Metrics", "AlarmActions", "OKActions")
    assert {key: value for key, value in SUMS[name].items() if key not in told} == {
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
        # A table that splits throttles for a moment; an event that is not delivered is in a dead-letter queue at once.
        "EvaluationPeriods": 1 if name == "RulesFailAlarm" else 3,
        "TreatMissingData": "notBreaching",
    }
    named = set()
    for each in summed:
        about = each["MetricStat"]["Metric"]
        assert (each["ReturnData"], each["MetricStat"]["Stat"], each["MetricStat"]["Period"]) == (False, "Sum", 60)
        assert (about["Namespace"], about["MetricName"]) == (namespace, metric)
        *bus, own = [(dimension["Name"], dimension["Value"]) for dimension in about["Dimensions"]]
        is_rule = namespace == "AWS/Events"
        assert bus == ([("EventBusName", "FactsBus")] if is_rule else [])
        assert own[0] == ("RuleName" if is_rule else "TableName")
        named.add(str(own[1]))
    assert named == set(things)
    # CloudWatch adds up no more in one alarm.
    assert len(summed) == len(named) <= 10


def test_sums_are_all_looked_at() -> None:
    assert set(SUMS) == {"ReadsThrottledAlarm", "WritesThrottledAlarm", "RulesFailAlarm"}


def test_a_429_is_counted_by_the_words_of_the_access_log() -> None:
    (metric_filter,) = properties("AWS::Logs::MetricFilter").values()
    assert metric_filter["LogGroupName"] == "AccessLogs"
    assert metric_filter["FilterPattern"] == '{ $.status = "429" }'
    (stage,) = properties("AWS::ApiGateway::Stage").values()
    assert '"status":"$context.status"' in stage["AccessLogSetting"]["Format"]
    (counted,) = metric_filter["MetricTransformations"]
    alarm = ALARMS["RateLimitedAlarm"]
    named = {"MetricNamespace": alarm["Namespace"], "MetricName": alarm["MetricName"]}
    assert counted == {**named, "MetricValue": "1", "DefaultValue": 0}


def test_every_alarm_has_its_page_in_the_runbook() -> None:
    runbook = (ROOT / "docs/runbook.md").read_text()
    assert set(re.findall(r"^\*\*(\w+Alarm)\*\*", runbook, re.MULTILINE)) == set(EVERY)


@pytest.mark.parametrize("name", EVERY)
def test_every_alarm_notifies_the_topic_when_it_begins_and_when_it_ends(name: str) -> None:
    assert EVERY[name]["AlarmActions"] == EVERY[name]["OKActions"] == ["the topic"]
    silent = properties("AWS::CloudWatch::Alarm", AlarmTopicArn="")[name]
    assert not {"AlarmActions", "OKActions"} & set(silent)
