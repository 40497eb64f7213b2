"""What IAM asks of a role for each call of AWS, by action and resource, and what a role's statements allow."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

Need = tuple[str, str]
"""An action, and the resource that it is done to, named as `deployed` names it."""
PHONE = "+"
"""A phone is no resource of the account."""
_WRITES = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
_SENT = {"SendMessageBatch": "SendMessage", "DeleteMessageBatch": "DeleteMessage"}
_S3 = {
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "ListObjectVersions": "ListBucketVersions",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "DeleteObjects": "DeleteObject",
    "ListObjectsV2": "ListBucket",
}
"""Where an action has another name than the call. """


def needs(service: str, operation: str, params: Mapping[str, Any]) -> Iterator[Need]:
    """Every permission without which AWS refuses the call."""
    return _SERVICES[service](operation, params)


def _dynamodb(operation: str, params: Mapping[str, Any]) -> Iterator[Need]:
    if operation == "TransactWriteItems":
        for each in params["TransactItems"]:
            ((verb, write),) = each.items()
            yield f"dynamodb:{_WRITES[verb]}", f"{write['TableName']}.Arn"
    elif operation == "BatchGetItem":
        yield from (("dynamodb:BatchGetItem", f"{table}.Arn") for table in params["RequestItems"])
    else:
        index = f"/index/{params['IndexName']}" if "IndexName" in params else ""
        yield f"dynamodb:{operation}", f"{params['TableName']}.Arn{index}"


def _sqs(operation: str, params: Mapping[str, Any]) -> Iterator[Need]:
    queue = params["QueueUrl"].rpartition("/")[2]
    yield f"sqs:{_SENT.get(operation, operation)}", f"{queue}.Arn"


def _s3(operation: str, params: Mapping[str, Any]) -> Iterator[Need]:
    bucket = {os.environ[f"{name.upper()}_BUCKET"]: name for name in ("Exports", "Loads")}[params["Bucket"]]
    for each in params.get("Delete", {}).get("Objects", [params]):
        place = f"{bucket}Bucket.Arn" + (f"/{each['Key']}" if "Key" in each else "")
        yield f"s3:{_S3.get(operation, operation)}", place
        if "VersionId" in each:
            # A version takes both.
            yield "s3:DeleteObjectVersion", place


def _events(operation: str, params: Mapping[str, Any]) -> Iterator[Need]:
    yield from ((f"events:{operation}", f"{entry['EventBusName']}.Arn") for entry in params["Entries"])


def _sns(operation: str, params: Mapping[str, Any]) -> Iterator[Need]:
    yield f"sns:{operation}", PHONE if "PhoneNumber" in params else params["TopicArn"]


def _kms(operation: str, params: Mapping[str, Any]) -> Iterator[Need]:
    keys = {os.environ[f"{name}_KEY"]: name for name in ("RECEIPTS", "PSEUDONYM", "CURSOR", "REFUSED_FACTS")}
    yield f"kms:{operation}", "".join(word.capitalize() for word in keys[params["KeyId"]].split("_")) + "Key.Arn"


def _states(operation: str, params: Mapping[str, Any]) -> Iterator[Need]:
    if "executionArn" in params:
        machine, _, name = params["executionArn"].split(":execution:")[1].partition(":")
        execution = "arn:AWS::Partition:states:AWS::Region:AWS::AccountId:execution"
        yield f"states:{operation}", f"{execution}:{machine}.Name:{name}"
    else:
        yield f"states:{operation}", params["stateMachineArn"].rpartition(":")[2]


def _lambda(operation: str, params: Mapping[str, Any]) -> Iterator[Need]:
    yield f"lambda:{operation}Function", f"{params['FunctionName']}.Arn"


_SERVICES = {
    "lambda": _lambda,
    "dynamodb": _dynamodb,
    "sqs": _sqs,
    "s3": _s3,
    "events": _events,
    "sns": _sns,
    "kms": _kms,
    "stepfunctions": _states,
}


def grants(statements: list[dict[str, Any]]) -> list[Grant]:
    """What the statements allow, one action and one resource at a time."""
    found = []
    for statement in statements:
        assert statement["Effect"] == "Allow"
        not_these = "NotResource" in statement
        resources = _list(statement["NotResource" if not_these else "Resource"])
        assert not set(statement) - {"Sid", "Effect", "Action", "Resource", "NotResource"}, statement
        for action in _list(statement["Action"]):
            if not_these:
                found.append((action, tuple(resources), True))
            else:
                found += [(action, (resource,), False) for resource in resources]
    return found


Grant = tuple[str, tuple[str, ...], bool]
"""An action, patterns of resources, and whether it is every resource but those."""


def allows(grant: Grant, need: Need) -> bool:
    """Whether it is enough for a call to be let through."""
    action, patterns, not_these = grant
    named = any(fnmatchcase(need[1], pattern) for pattern in patterns)
    return fnmatchcase(need[0].lower(), action.lower()) and named != not_these


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
