"""What is deployed, compared with what must be: stages, the gateway's answers, consumers, alarms, permissions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from admin.restore import consumers
from admin.smoke.caller import Failed
from admin.smoke.refusals import Check
from admin.stack.location import Stack

RESPONSES = {
    "ACCESS_DENIED": "401",
    "API_CONFIGURATION_ERROR": "500",
    "AUTHORIZER_CONFIGURATION_ERROR": "503",
    "AUTHORIZER_FAILURE": "503",
    "BAD_REQUEST_BODY": "400",
    "BAD_REQUEST_PARAMETERS": "400",
    "EXPIRED_TOKEN": "401",
    "INTEGRATION_FAILURE": "503",
    "INTEGRATION_TIMEOUT": "503",
    "INVALID_API_KEY": "401",
    "INVALID_SIGNATURE": "404",
    "MISSING_AUTHENTICATION_TOKEN": "404",
    "QUOTA_EXCEEDED": "429",
    "REQUEST_TOO_LARGE": "413",
    "RESOURCE_NOT_FOUND": "404",
    "THROTTLED": "429",
    "UNAUTHORIZED": "401",
    "UNSUPPORTED_MEDIA_TYPE": "415",
    "WAF_FILTERED": "429",
}
"""The status of each refusal of the gateway. A test compares them with the template."""
DENIED = [
    ("LookupFunction", "dynamodb:PutItem", "customers"),
    ("LookupFunction", "dynamodb:Scan", "customers"),
    ("AuthorizerFunction", "dynamodb:GetItem", "customers"),
    ("StatsFunction", "dynamodb:DeleteItem", "derived"),
    ("PublishOutboxFunction", "dynamodb:PutItem", "records"),
]
"""Actions that a role must not have, and the table."""


class Elsewhere(Exception):  # noqa: N818 - the outcome of a check
    """What the local stack does not have; an account has it."""


def checks(stack: Stack) -> list[Check]:
    resources = _resources(stack)
    return [
        ("one stage: v1", lambda: _stages(stack, resources)),
        ("every refusal of the gateway is ours", lambda: _responses(stack, resources)),
        ("every queue and stream is consumed", lambda: _consumers(stack)),
        ("every alarm is there, and has its metric", lambda: _alarms(stack, resources)),
        ("nothing is in a dead-letter queue", lambda: _dead_letters(stack, resources)),
        ("roles are denied what they must not do", lambda: _denied(stack, resources)),
    ]


def _resources(stack: Stack) -> dict[str, tuple[str, str]]:
    """Type and physical id by logical id."""
    pages = stack.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack.name)
    every: Iterator[Any] = (each for page in pages for each in page["StackResourceSummaries"])
    return {each["LogicalResourceId"]: (each["ResourceType"], each["PhysicalResourceId"]) for each in every}


def _stages(stack: Stack, resources: dict[str, tuple[str, str]]) -> None:
    stages = stack.client("apigateway").get_stages(restApiId=resources["Api"][1])["item"]
    if (names := sorted(each["stageName"] for each in stages)) != ["v1"]:
        raise Failed(f"stages: {', '.join(names)}")


def _responses(stack: Stack, resources: dict[str, tuple[str, str]]) -> None:
    found = stack.client("apigateway").get_gateway_responses(restApiId=resources["Api"][1], limit=500)["items"]
    own = {each["responseType"]: str(each.get("statusCode")) for each in found if not each.get("defaultResponse")}
    if wrong := sorted(name for name, status in RESPONSES.items() if own.get(name) != status):
        raise Failed(f"AWS's own, or another status: {', '.join(wrong)}")


def _consumers(stack: Stack) -> None:
    client = stack.client("lambda")
    if idle := [*consumers.not_in(client, consumers.mappings(stack), "Enabled")]:
        raise Failed(f"not enabled: {', '.join(idle)}")


def _alarms(stack: Stack, resources: dict[str, tuple[str, str]]) -> None:
    names = [physical for kind, physical in resources.values() if kind == "AWS::CloudWatch::Alarm"]
    client: Any = stack.client("cloudwatch")
    found: list[Any] = []
    for start in range(0, len(names), 100):
        found += client.describe_alarms(AlarmNames=names[start : start + 100])["MetricAlarms"]
    if len(found) != len(names):
        raise Failed(f"{len(names) - len(found)} of {len(names)} are not there")
    if stack.may_lose_state:
        raise Elsewhere(f"{len(found)} alarms are there; the emulator does not evaluate them")
    ringing = sorted(each["AlarmName"] for each in found if each["StateValue"] == "ALARM")
    if ringing:
        raise Failed(f"ringing: {', '.join(ringing)}")


def _dead_letters(stack: Stack, resources: dict[str, tuple[str, str]]) -> None:
    sqs, full = stack.client("sqs"), list[str]()
    for name, (kind, url) in resources.items():
        if kind == "AWS::SQS::Queue" and name.startswith("Dead"):
            asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
            full += [name] * bool(int(asked["Attributes"]["ApproximateNumberOfMessages"]))
    if full:
        raise Failed(", ".join(full))


def _denied(stack: Stack, resources: dict[str, tuple[str, str]]) -> None:
    iam, allowed = stack.client("iam"), list[str]()
    account = stack.client("sts").get_caller_identity()["Account"]
    region = stack.session.region_name
    for function, action, role in DENIED:
        table = f"arn:aws:dynamodb:{region}:{account}:table/{stack.tables[role]}"
        arn = iam.get_role(RoleName=resources[f"{function}Role"][1])["Role"]["Arn"]
        try:
            said = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=[action], ResourceArns=[table])
        except ClientError as error:
            if stack.may_lose_state:
                raise Elsewhere(f"the emulator answers {error.response['Error']['Code']}") from error
            raise
        if any(each["EvalDecision"] == "allowed" for each in said["EvaluationResults"]):
            allowed.append(f"{function} may {action}")
    if allowed:
        raise Failed(", ".join(allowed))
