"""Faults that are planted in a running stack, one at a time, and taken back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from admin.smoke.expected import Expected

Aws = Callable[[str], Any]
Undo = Callable[[], Any]
Fault = Callable[[Expected, Aws], Undo]
"""Plants a fault, and gives what takes it back."""


@contextmanager
def planted(fault: Fault, expected: Expected, aws: Aws) -> Iterator[None]:
    """Meanwhile the fault is there. A test that fails leaves it to no other."""
    undo = fault(expected, aws)
    try:
        yield
    finally:
        undo()


def permission_removed(expected: Expected, aws: Aws) -> Undo:
    iam, role = aws("iam"), expected["StatsFunctionRole"].id
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    document = json.dumps(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])
    iam.delete_role_policy(RoleName=role, PolicyName=name)
    return partial(iam.put_role_policy, RoleName=role, PolicyName=name, PolicyDocument=document)


def permission_added(expected: Expected, aws: Aws) -> Undo:
    return _allowed(expected, aws, "LookupFunctionRole", "dynamodb:Scan")


def _allowed(expected: Expected, aws: Aws, name: str, action: str) -> Undo:
    iam, role = aws("iam"), expected[name].id
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName=role, PolicyName="more", PolicyDocument=document)
    return partial(iam.delete_role_policy, RoleName=role, PolicyName="more")


def gateway_response_missing(expected: Expected, aws: Aws) -> Undo:
    gateway = aws("apigateway")
    about = {"restApiId": expected["Api"].id, "responseType": "AUTHORIZER_CONFIGURATION_ERROR"}
    ours = gateway.get_gateway_response(**about)
    gateway.delete_gateway_response(**about)
    kept = {name: ours[name] for name in ("statusCode", "responseParameters", "responseTemplates")}
    return partial(gateway.put_gateway_response, **about, **kept)


def gateway_response_bare(expected: Expected, aws: Aws) -> Undo:
    """The right status, and not in the envelope."""
    gateway, about = aws("apigateway"), {"restApiId": expected["Api"].id, "responseType": "THROTTLED"}
    ours = gateway.get_gateway_response(**about)
    kept = {name: ours[name] for name in ("statusCode", "responseParameters")}
    put = partial(gateway.put_gateway_response, **about, **kept)
    put(responseTemplates={"application/json": '{"message": "$context.error.message"}'})
    return partial(put, responseTemplates=ours["responseTemplates"])


def second_stage(expected: Expected, aws: Aws) -> Undo:
    gateway, api = aws("apigateway"), expected["Api"].id
    deployment = gateway.get_stages(restApiId=api)["item"][0]["deploymentId"]
    gateway.create_stage(restApiId=api, stageName="Stage", deploymentId=deployment)
    return partial(gateway.delete_stage, restApiId=api, stageName="Stage")


def throttle_absent(expected: Expected, aws: Aws) -> Undo:
    def limit(rate: int) -> None:
        change = {"op": "replace", "path": "/*/*/throttling/rateLimit", "value": str(rate)}
        aws("apigateway").update_stage(restApiId=expected["Api"].id, stageName="v1", patchOperations=[change])

    limit(10_000)
    return partial(limit, 5_000)


def route_open(expected: Expected, aws: Aws) -> Undo:
    gateway, api = aws("apigateway"), expected["Api"].id
    every = gateway.get_resources(restApiId=api, limit=500)["items"]
    (stats,) = [each["id"] for each in every if each["path"] == "/partner/customers/stats"]
    method = {"restApiId": api, "resourceId": stats, "httpMethod": "GET"}

    def authorize(kind: str) -> None:
        change = {"op": "replace", "path": "/authorizationType", "value": kind}
        gateway.update_method(**method, patchOperations=[change])

    was = gateway.get_method(**method)["authorizationType"]
    authorize("NONE")
    return partial(authorize, was)


def _consumer_off(name: str) -> Fault:
    def fault(expected: Expected, aws: Aws) -> Undo:
        switch = partial(aws("lambda").update_event_source_mapping, UUID=expected[name].id)
        switch(Enabled=False)
        return partial(switch, Enabled=True)

    return fault


def rule_disabled(expected: Expected, aws: Aws) -> Undo:
    rule = _rule(expected, "VerificationsRule")
    aws("events").disable_rule(**rule)
    return partial(aws("events").enable_rule, **rule)


def target_removed(expected: Expected, aws: Aws) -> Undo:
    rule = _rule(expected, "MergesRule")
    about = {"Rule": rule["Name"], "EventBusName": rule["EventBusName"]}
    targets = aws("events").list_targets_by_rule(**about)["Targets"]
    aws("events").remove_targets(**about, Ids=[each["Id"] for each in targets])
    return partial(aws("events").put_targets, **about, Targets=targets)


def _rule(expected: Expected, name: str) -> dict[str, str]:
    return {"Name": expected[name].id.rpartition("|")[2], "EventBusName": expected["FactsBus"].id}


def dead_letter(expected: Expected, aws: Aws) -> Undo:
    queue = expected["DeadStreamsQueue"].id
    aws("sqs").send_message(QueueUrl=queue, MessageBody="{}")
    return partial(aws("sqs").purge_queue, QueueUrl=queue)


def queue_impatient(expected: Expected, aws: Aws) -> Undo:
    change = partial(aws("sqs").set_queue_attributes, QueueUrl=expected["ChangesQueue"].id)
    change(Attributes={"VisibilityTimeout": "5"})
    return partial(change, Attributes={"VisibilityTimeout": "360"})


ALARM = (
    *("AlarmName", "Namespace", "MetricName", "Dimensions", "Statistic", "Period", "EvaluationPeriods", "Threshold"),
    *("ComparisonOperator", "TreatMissingData", "AlarmDescription"),
)


def alarm_missing(expected: Expected, aws: Aws) -> Undo:
    was = _alarm(expected, aws)
    aws("cloudwatch").delete_alarms(AlarmNames=[was["AlarmName"]])
    return partial(aws("cloudwatch").put_metric_alarm, **was)


def alarm_without_its_metric(expected: Expected, aws: Aws) -> Undo:
    was = _alarm(expected, aws)
    aws("cloudwatch").put_metric_alarm(**{**was, "MetricName": "ApproximateAge"})
    return partial(aws("cloudwatch").put_metric_alarm, **was)


def _alarm(expected: Expected, aws: Aws) -> dict[str, Any]:
    names = [expected["FactsLateAlarm"].id]
    (found,) = aws("cloudwatch").describe_alarms(AlarmNames=names)["MetricAlarms"]
    return {name: found[name] for name in ALARM}


def bucket_closed(expected: Expected, aws: Aws) -> Undo:
    """To those who have a link, too."""
    bucket = expected["ExportsBucket"].id
    files = f"arn:aws:s3:::{bucket}/*"
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": files}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws("s3").put_bucket_policy(Bucket=bucket, Policy=policy)
    return partial(aws("s3").delete_bucket_policy, Bucket=bucket)


def bucket_open(expected: Expected, aws: Aws) -> Undo:
    bucket = expected["ExportsBucket"].id
    was = aws("s3").get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    put = partial(aws("s3").put_public_access_block, Bucket=bucket)
    put(PublicAccessBlockConfiguration={**was, "RestrictPublicBuckets": False})
    return partial(put, PublicAccessBlockConfiguration=was)


def no_recovery(expected: Expected, aws: Aws) -> Undo:
    def recovers(on: bool) -> None:
        aws("dynamodb").update_continuous_backups(
            TableName=expected["RecordsTable"].id, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": on}
        )

    recovers(False)
    return partial(recovers, True)


def environment(aws: Aws, function: str, **variables: str) -> Undo:
    """A function with other variables."""
    change = partial(aws("lambda").update_function_configuration, FunctionName=function)
    was = aws("lambda").get_function_configuration(FunctionName=function)["Environment"]
    change(Environment={"Variables": {**was["Variables"], **variables}})
    return partial(change, Environment=was)


def another_receipts_key(expected: Expected, aws: Aws) -> Undo:
    """The published key is not the one that signs."""
    key = aws("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    allowed = _allowed(expected, aws, "CapabilitiesFunctionRole", "kms:GetPublicKey")
    restored = environment(aws, expected["CapabilitiesFunction"].id, RECEIPTS_KEY=key)
    return lambda: (restored(), allowed())


ROLES = "every role has its permissions, and no others"
STAGE, LIMITS, REFUSALS = "one stage: v1", "the stage's limits", "every refusal of the gateway is ours"
ROUTES, FUNCTIONS = (
    "every route asks for a token, or is for everybody",
    "every function has its environment and its time",
)
CONSUMED, RULES = "every queue and stream is consumed", "every rule is enabled, and has its targets"
QUEUES, DEAD = "every queue waits and gives up as it must", "nothing is in a dead-letter queue"
ALARMS, TABLES = "every alarm is there, and watches its metric", "every table recovers, and expires what must expire"
BUCKET = "the bucket of exports is closed to the public, and forgets"

DENIED = "roles are denied what they must not do"
FAULTS: dict[str, tuple[Fault, dict[str, str]]] = {
    "a permission removed": (permission_removed, {ROLES: "StatsFunctionRole lacks Allow dynamodb:Query"}),
    "a permission added": (
        permission_added,
        {ROLES: "LookupFunctionRole has Allow dynamodb:Scan too", DENIED: "LookupFunction may dynamodb:Scan"},
    ),
    "a gateway response missing": (
        gateway_response_missing,
        {REFUSALS: "AWS's own, or another status, header or body: AUTHORIZER_CONFIGURATION_ERROR"},
    ),
    "a gateway response of another form": (
        gateway_response_bare,
        {REFUSALS: "AWS's own, or another status, header or body: THROTTLED"},
    ),
    "a second stage": (second_stage, {STAGE: "stages: Stage, v1"}),
    "the limit of another": (throttle_absent, {LIMITS: "*/*: 10000 and 2000, not 5000 and 2000"}),
    "a route without a token": (route_open, {ROUTES: "GET /partner/customers/stats asks nobody for a token"}),
    "the publisher stopped": (
        _consumer_off("PublishOutboxFunctionRecords"),
        {CONSUMED: "not enabled: PublishOutboxFunctionRecords"},
    ),
    "a queue's consumer off": (
        _consumer_off("FoldFactsFunctionFacts"),
        {CONSUMED: "not enabled: FoldFactsFunctionFacts"},
    ),
    "a rule disabled": (rule_disabled, {RULES: "VerificationsRule is disabled"}),
    "a rule without its target": (target_removed, {RULES: "MergesRule has not its targets"}),
    "a dead letter": (dead_letter, {DEAD: "DeadStreamsQueue"}),
    "a queue that does not wait": (queue_impatient, {QUEUES: "ChangesQueue: VisibilityTimeout is 5 s"}),
    "an alarm missing": (alarm_missing, {ALARMS: "FactsLateAlarm is not there"}),
    "an alarm without its metric": (
        alarm_without_its_metric,
        {ALARMS: "FactsLateAlarm watches AWS/SQS ApproximateAge, not AWS/SQS ApproximateAgeOfOldestMessage"},
    ),
    "the bucket closed": (bucket_closed, {BUCKET: "its policy is ['Deny s3:GetObject'], not nothing"}),
    "the bucket open": (bucket_open, {BUCKET: "the public is not kept out"}),
    "a table without recovery": (no_recovery, {TABLES: "RecordsTable has no recovery to a point in time"}),
    "a receipt key that does not match": (
        another_receipts_key,
        {
            FUNCTIONS: "CapabilitiesFunction: RECEIPTS_KEY",
            ROLES: "CapabilitiesFunctionRole has Allow kms:GetPublicKey too",
        },
    ),
}
"""Each fault, the checks that see it, and what each of them says."""
