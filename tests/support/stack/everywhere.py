"""All that an AWS account holds, as text: every table, bucket, queue, log group and workflow, whoever made it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

Aws = Callable[[str], Any]
Found = tuple[str, str]
"""Where it is, and what it says."""
LARGEST = 1_000_000
"""Bytes of a file that is read. A deployed package is larger, and nobody's."""


def everywhere(aws: Aws) -> Iterator[Found]:
    yield from rows(aws("dynamodb"))
    yield from files(aws("s3"))
    yield from messages(aws("sqs"))
    yield from lines(aws("logs"))
    yield from executions(aws("stepfunctions"))
    yield from configurations(aws("lambda"))


def rows(client: Any) -> Iterator[Found]:
    for page in client.get_paginator("list_tables").paginate():
        for table in page["TableNames"]:
            for found in client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
                for row in found["Items"]:
                    yield f"table {table}", json.dumps(row, ensure_ascii=False, default=_shown)


def files(client: Any) -> Iterator[Found]:
    """The key of every version and what is in it, unpacked; and of uploads that were never ended."""
    for bucket in (each["Name"] for each in client.list_buckets()["Buckets"]):
        for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for each in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                yield f"bucket {bucket}", each["Key"]
            for each in page.get("Versions", []):
                if each["Size"] <= LARGEST:
                    body = client.get_object(Bucket=bucket, Key=each["Key"])["Body"].read()
                    yield from ((f"bucket {bucket}", text) for text in _unpacked(body))
        for upload in client.list_multipart_uploads(Bucket=bucket).get("Uploads", []):
            yield f"bucket {bucket}", upload["Key"]


def _unpacked(body: bytes) -> Iterator[str]:
    if not zipfile.is_zipfile(io.BytesIO(body)):
        yield body.decode(errors="replace")
        return
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        for name in archive.namelist():
            yield name
            yield archive.read(name).decode(errors="replace")


def messages(client: Any) -> Iterator[Found]:
    """Each queue is read to its end. A message is hidden for two seconds, so that nobody is kept from it for long."""
    for queue in client.list_queues().get("QueueUrls", []):
        asked: Any = {"MaxNumberOfMessages": 10, "VisibilityTimeout": 2, "MessageAttributeNames": ["All"]}
        seen: set[str] = set()
        while told := client.receive_message(QueueUrl=queue, **asked).get("Messages"):
            if seen.issuperset(each["MessageId"] for each in told):
                break
            seen.update(each["MessageId"] for each in told)
            for message in told:
                yield f"queue {queue.rpartition('/')[2]}", json.dumps(message, default=str)


def lines(client: Any) -> Iterator[Found]:
    for page in client.get_paginator("describe_log_groups").paginate():
        for group in (each["logGroupName"] for each in page["logGroups"]):
            for found in client.get_paginator("filter_log_events").paginate(logGroupName=group):
                yield from ((f"log {group}", each["message"]) for each in found["events"])


def executions(client: Any) -> Iterator[Found]:
    """What each workflow was started with, what came of it, and its history."""
    for machine in client.list_state_machines()["stateMachines"]:
        where = f"workflow {machine['name']}"
        for page in client.get_paginator("list_executions").paginate(stateMachineArn=machine["stateMachineArn"]):
            for execution in page["executions"]:
                arn = execution["executionArn"]
                yield where, json.dumps(client.describe_execution(executionArn=arn), default=str)
                for events in client.get_paginator("get_execution_history").paginate(executionArn=arn):
                    yield where, json.dumps(events["events"], default=str)


def configurations(client: Any) -> Iterator[Found]:
    for page in client.get_paginator("list_functions").paginate():
        for each in page["Functions"]:
            yield f"function {each['FunctionName']}", json.dumps(each, default=str)


def _shown(value: Any) -> str:
    """Bytes as text and in hexadecimal: a hash could be in either form."""
    raw = bytes(value)
    return f"{raw.decode(errors='replace')} {raw.hex()}"
