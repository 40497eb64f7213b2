"""The one logger: a JSON line per invocation, with the metrics in it (CloudWatch embedded metric format).

Log lines have ids, fixed words and figures; never a phone, a name, a token or an exception's text.
"""

from __future__ import annotations

import json
import logging
import time
import traceback
from pathlib import Path
from typing import TypedDict

from aws_lambda_powertools import Logger

# A till waits for the line: one encoder for all of them, and records without the thread and process that no line shows.
logger = Logger(json_serializer=json.JSONEncoder(default=str, separators=(",", ":"), ensure_ascii=False).encode)
logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False

_METRICS = {
    "Namespace": "Customers",
    # `service` is in every line: the stack, to distinguish the stacks of one account.
    "Dimensions": [["service", "operation"]],
    "Metrics": [{"Name": "duration_ms", "Unit": "Milliseconds"}, {"Name": "failed", "Unit": "Count"}],
}


def log_answer(operation: str, request_id: str, status: int, started: float, **more: object) -> None:
    """Log the end of a request. `started` is `time.perf_counter()` at its beginning."""
    log_done("answered", operation, int(status >= 500), started, request_id=request_id, status=status, **more)


def log_done(message: str, operation: str, failed: int, started: float, **more: object) -> None:
    """Log the end of an invocation, with its metrics: `failed` is the number of its failed parts."""
    metrics = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [_METRICS]}
    duration_ms = round((time.perf_counter() - started) * 1000, 2)
    logger.info(
        message, extra={"operation": operation, **more, "duration_ms": duration_ms, "failed": failed, "_aws": metrics}
    )


class Description(TypedDict):
    """The parts of an exception that may be logged."""

    error: str
    raised_at: list[str]


def describe(error: BaseException) -> Description:
    """An exception's type and where it was raised, without its text, which may quote personal data."""
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "error": type(error).__name__,
        "raised_at": [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames[-6:]],
    }
