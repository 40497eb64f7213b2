"""Print what one request left: its log lines, its entry in the activity log, and the erasure that it began."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from admin.stack.location import Stack
from commands.arguments import count, identifier
from customers.store.erasure.rows import erasure_key

DAYS = 7
_SHOWN = ("at", "operation", "issuer", "subject", "jti", "outcome", "status", "count", "reason")
_IDS = ("customer_id", "absorbed_customer_id", "other_customer_id", "erasure_id", "export_id")


def options(parser: argparse.ArgumentParser) -> None:
    request_id = identifier("77824599-69f1-4443-b7af-9a342bb5af0f")
    parser.add_argument("--id", type=request_id, required=True, metavar="REQUEST", help="as in meta.request_id")
    parser.add_argument("--days", type=count, default=DAYS, help=f"how far back to look (default: {DAYS})")


def run(stack: Stack, chosen: argparse.Namespace) -> int:
    """0 if anything was found."""
    lines = sorted(_lines(stack, chosen.id, chosen.days))
    for at, group, message in lines:
        print(f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%dT%H:%M:%S.%fZ}  {group}\n  {message}")
    entries = list(_entries(stack, chosen.id))
    for entry in entries:
        shown = {name: next(iter(entry[name].values())) for name in (*_SHOWN, *_IDS) if name in entry}
        print(f"Activity log: {json.dumps(shown, ensure_ascii=False)}")
        _show_erasure(stack, entry)
    if not lines and not entries:
        print(f"Nothing in the logs of the last {chosen.days} days or in the activity log has this request id.")
        return 1
    return 0


def _lines(stack: Stack, request_id: str, days: int) -> Iterator[tuple[int, str, str]]:
    """When (milliseconds since 1970), in which group, and the line."""
    logs = stack.client("logs")
    since = int((time.time() - days * 86_400) * 1000)
    for group in _groups(stack, logs):
        pages = logs.get_paginator("filter_log_events")
        for page in pages.paginate(logGroupName=group, filterPattern=f'"{request_id}"', startTime=since):
            for event in page["events"]:
                # The emulator does not filter.
                if request_id in event["message"]:
                    yield event["timestamp"], group, event["message"].strip()


def _groups(stack: Stack, logs: Any) -> list[str]:
    if stack.endpoint:
        return [each["logGroupName"] for each in logs.describe_log_groups()["logGroups"]]
    pages = stack.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack.name)
    resources = [each for page in pages for each in page["StackResourceSummaries"]]
    return [each["PhysicalResourceId"] for each in resources if each["ResourceType"] == "AWS::Logs::LogGroup"]


def _entries(stack: Stack, request_id: str) -> Iterator[dict[str, Any]]:
    """No index has request ids, because only an operator asks by one: this reads the whole activity log."""
    pages = stack.client("dynamodb").get_paginator("scan")
    for page in pages.paginate(
        TableName=stack.tables["activity"],
        FilterExpression="request_id = :id",
        ExpressionAttributeValues={":id": {"S": request_id}},
        ConsistentRead=True,
    ):
        yield from page["Items"]


def _show_erasure(stack: Stack, entry: dict[str, Any]) -> None:
    if "erasure_id" not in entry:
        return
    key = erasure_key(entry["enterprise"]["S"], entry["erasure_id"]["S"])
    row = (
        stack.client("dynamodb").get_item(TableName=stack.tables["erasures"], Key=key, ConsistentRead=True).get("Item")
    )
    if row:
        print(f"Erasure: {row['status']['S']}")
