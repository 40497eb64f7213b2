"""Print what one request left: log lines, writes, events, its entry in the activity log, the erasure that it began."""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from admin.stack.location import Stack
from commands.arguments import count, identifier
from customers.domain.activity_log import entry_id
from customers.store.activity_log.rows import activity_key
from customers.store.erasure.rows import erasure_key
from customers.store.events.outbox import OUTBOX
from customers.store.records.keys import record_key
from customers.store.request_traces import Written, trace_condition, trace_of

DAYS = 30
_SHOWN = ("at", "operation", "issuer", "subject", "jti", "outcome", "status", "count", "reason")
_IDS = ("customer_id", "absorbed_customer_id", "other_customer_id", "erasure_id", "export_id")
_ENTERPRISE = re.compile(r'"enterprise(?:_id)?":\s*"([^"]+)"')
"""In a function's line, and in the gateway's access line."""


def options(parser: argparse.ArgumentParser) -> None:
    request_id = identifier("77824599-69f1-4443-b7af-9a342bb5af0f")
    parser.add_argument("--id", type=request_id, required=True, metavar="REQUEST", help="as in meta.request_id")
    parser.add_argument("--enterprise", help="whose request it is, where no log line says so")
    parser.add_argument("--days", type=count, default=DAYS, help=f"how far back to look in the logs (default: {DAYS})")


def run(stack: Stack, chosen: argparse.Namespace) -> int:
    """0 if anything was found."""
    lines = sorted(_lines(stack, chosen.id, chosen.days))
    for at, group, message in lines:
        print(f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%dT%H:%M:%S.%fZ}  {group}\n  {message}")
    said = (match[1] for _, _, message in lines if (match := _ENTERPRISE.search(message)))
    enterprise = chosen.enterprise or next(said, None)
    if enterprise is None:
        print(f"No log line of the last {chosen.days} days says whose request {chosen.id} is: add ENTERPRISE=…")
        return 0 if lines else 1
    return 0 if _Rows(stack, enterprise).show(chosen.id) or lines else 1


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


class _Rows:
    """What the tables have of a request. Everything is read by its key."""

    def __init__(self, stack: Stack, enterprise: str) -> None:
        self._client, self._tables, self._enterprise = stack.client("dynamodb"), stack.tables, enterprise

    def show(self, request_id: str) -> bool:
        """Whether there was anything."""
        condition = trace_condition(self._enterprise, request_id)
        traces = self._client.query(TableName=self._tables["receipts"], **condition)["Items"]
        written = [each for row in traces for each in trace_of(row)]
        for row in traces:
            print(f"Committed at {row['sk']['S'].partition('#')[2]}, in one transaction:")
            for each in trace_of(row):
                print(f"  {each}")
        for each in written:
            self._show_event(each)
        if not traces:
            print("It wrote nothing in the last 30 days, apart from an entry in the activity log.")
        entries = list(self._entries(request_id, written))
        for entry in entries:
            self._show_entry(entry)
        return bool(traces or entries)

    def _show_event(self, written: Written) -> None:
        customer_id, _, sk = written.key.partition("#")
        if sk.startswith(OUTBOX):
            key = record_key(self._enterprise, customer_id, sk)
            waits = self._row("records", key) is not None
            print(f"Event {written.type}: {'waits in the outbox' if waits else 'published'}")

    def _entries(self, request_id: str, written: Sequence[Written]) -> Iterator[dict[str, Any]]:
        """The request's own entry, or the one that it shares with the other polls of a job."""
        shared = [each.key for each in written if each.table == "activity"]
        for each in {entry_id(request_id), *shared}:
            if row := self._row("activity", activity_key(self._enterprise, each)):
                yield row

    def _show_entry(self, entry: dict[str, Any]) -> None:
        shown = {name: next(iter(entry[name].values())) for name in (*_SHOWN, *_IDS) if name in entry}
        print(f"Activity log: {json.dumps(shown, ensure_ascii=False)}")
        if "erasure_id" in entry:
            row = self._row("erasures", erasure_key(self._enterprise, entry["erasure_id"]["S"]))
            print(f"Erasure: {row['status']['S']}" if row else "Erasure: none")

    def _row(self, table: str, key: Any) -> dict[str, Any] | None:
        found = self._client.get_item(TableName=self._tables[table], Key=key, ConsistentRead=True)
        row: dict[str, Any] | None = found.get("Item")
        return row
