"""Print the functions' logs."""

from __future__ import annotations

from datetime import UTC, datetime

from local.emulator.process import Emulator
from local.stack.completion import session

LATEST = 100
# Lines that the platform writes around each invocation.
PLATFORM = ("START RequestId", "END RequestId", "REPORT RequestId")


def show(emulator: Emulator) -> None:
    """Print the latest lines of all log groups, in the order of time."""
    logs = session().client("logs", endpoint_url=emulator.url)
    written: list[tuple[int, str]] = []
    for group in logs.describe_log_groups()["logGroups"]:
        for stream in logs.describe_log_streams(logGroupName=group["logGroupName"])["logStreams"]:
            events = logs.get_log_events(
                logGroupName=group["logGroupName"], logStreamName=stream["logStreamName"], limit=LATEST
            )["events"]
            written += [
                (event["timestamp"], event["message"].rstrip())
                for event in events
                if not event["message"].startswith(PLATFORM)
            ]
    for at, message in sorted(written)[-LATEST:]:
        print(f"{datetime.fromtimestamp(at / 1000, UTC):%H:%M:%S}  {message}")
