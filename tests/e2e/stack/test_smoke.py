"""The smoke test: green on a fresh stack, and red with the fault named where one is planted."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from admin.smoke import deployed
from admin.smoke.caller import Failed
from admin.stack import location
from admin.stack.location import Stack
from tests.e2e.conftest import Enterprise
from tests.support.stack.own_stack import ROOT

PERMISSIONS = (
    *("customer:CONTEXT", "customer:SEARCH", "customer:STATS", "customer:EXPORT", "customer:DELETE"),
    "activity:READ",
)
Aws = Callable[[str], Any]


@pytest.fixture(scope="module")
def told(stack: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("smoke") / "stack.json"
    file.write_text(json.dumps(stack))
    return file


@pytest.fixture
def found(told: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.setenv("STACK_FILE", str(told))
    return location.find(None)


def test_a_fresh_stack_is_as_it_must_be(stack: dict[str, Any], told: Path) -> None:
    shop = Enterprise(stack, id=f"smoke-{uuid.uuid4().hex[:8]}")
    ended = subprocess.run(
        [sys.executable, "-m", "admin", "smoke"],
        cwd=ROOT,
        env={
            "STACK_FILE": str(told),
            "PYTHONPATH": str(ROOT / "layers/common/python"),
            "SMOKE_TILL": shop.token(),
            "SMOKE_ADMIN": shop.admin(*PERMISSIONS),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    verdicts = [line.split()[0] for line in ended.stdout.splitlines()]
    assert verdicts.count("ok") >= 25
    # Alarms are not evaluated there, and permissions are not simulated.
    assert verdicts.count("absent") <= 2
    assert "FAILED" not in verdicts


def _api(stack: Stack) -> str:
    return deployed._resources(stack)["Api"][1]


@contextmanager
def _without_a_response(stack: Stack, aws: Aws) -> Iterator[str]:
    gateway, about = aws("apigateway"), {"restApiId": _api(stack), "responseType": "AUTHORIZER_CONFIGURATION_ERROR"}
    ours = gateway.get_gateway_response(**about)
    gateway.delete_gateway_response(**about)
    yield "AUTHORIZER_CONFIGURATION_ERROR"
    kept = {name: ours[name] for name in ("statusCode", "responseParameters", "responseTemplates")}
    gateway.put_gateway_response(**about, **kept)


@contextmanager
def _with_a_second_stage(stack: Stack, aws: Aws) -> Iterator[str]:
    gateway, api = aws("apigateway"), _api(stack)
    deployment = gateway.get_stages(restApiId=api)["item"][0]["deploymentId"]
    gateway.create_stage(restApiId=api, stageName="Stage", deploymentId=deployment)
    yield "Stage, v1"
    gateway.delete_stage(restApiId=api, stageName="Stage")


@contextmanager
def _with_the_publisher_stopped(stack: Stack, aws: Aws) -> Iterator[str]:
    (uuid_of,) = [
        physical
        for name, (kind, physical) in deployed._resources(stack).items()
        if kind == "AWS::Lambda::EventSourceMapping" and name.startswith("PublishOutbox")
    ]
    aws("lambda").update_event_source_mapping(UUID=uuid_of, Enabled=False)
    yield "PublishOutboxFunctionRecords"
    aws("lambda").update_event_source_mapping(UUID=uuid_of, Enabled=True)


@contextmanager
def _with_a_dead_letter(stack: Stack, aws: Aws) -> Iterator[str]:
    queue = deployed._resources(stack)["DeadStreamsQueue"][1]
    aws("sqs").send_message(QueueUrl=queue, MessageBody="{}")
    yield "DeadStreamsQueue"
    aws("sqs").purge_queue(QueueUrl=queue)


@contextmanager
def _without_an_alarm(stack: Stack, aws: Aws) -> Iterator[str]:
    alarm = deployed._resources(stack)["FactsLateAlarm"][1]
    (was,) = aws("cloudwatch").describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
    aws("cloudwatch").delete_alarms(AlarmNames=[alarm])
    yield "1 of "
    fields = (
        "AlarmName",
        "Namespace",
        "MetricName",
        "Dimensions",
        "Statistic",
        "Period",
        "EvaluationPeriods",
        "Threshold",
    )
    aws("cloudwatch").put_metric_alarm(**{name: was[name] for name in (*fields, "ComparisonOperator")})


@pytest.mark.parametrize(
    "fault",
    [
        _without_a_response,
        _with_a_second_stage,
        _with_the_publisher_stopped,
        _with_a_dead_letter,
        _without_an_alarm,
    ],
)
def test_a_planted_fault_is_named(found: Stack, aws: Aws, fault: Any) -> None:
    def faults() -> list[str]:
        seen = []
        for _, check in deployed.checks(found):
            try:
                check()
            except Failed as error:
                seen.append(str(error))
            except deployed.Elsewhere:
                continue
        return seen

    assert faults() == []
    with fault(found, aws) as named:
        (seen,) = faults()
        assert named in seen
    assert faults() == []
