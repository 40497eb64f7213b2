"""The one logger: a JSON line per invocation, metrics riding in it (CloudWatch embedded metric format).

What is logged is ids, words and figures; never a phone, a name, a token or an exception's text.
"""

from __future__ import annotations

import time
import traceback
from pathlib import Path
from typing import TypedDict

from aws_lambda_powertools import Logger

logger = Logger()

_METRICS = {
    "Namespace": "Customers",
    # `service` is in every line: the stack, so that two of one account are told apart.
    "Dimensions": [["service", "operation"]],
    "Metrics": [{"Name": "duration_ms", "Unit": "Milliseconds"}, {"Name": "failed", "Unit": "Count"}],
}


def log_answer(operation: str, request_id: str, status: int, started: float, **more: object) -> None:
    """Say how one request ended. `started` is `time.perf_counter()` at its beginning."""
    log_done("answered", operation, int(status >= 500), started, request_id=request_id, status=status, **more)


def log_done(message: str, operation: str, failed: int, started: float, **more: object) -> None:
    """Say how one invocation ended, and count it: `failed` is how many of its parts did not do what they should."""
    metrics = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [_METRICS]}
    duration_ms = round((time.perf_counter() - started) * 1000, 2)
    logger.info(
        message, extra={"operation": operation, **more, "duration_ms": duration_ms, "failed": failed, "_aws": metrics}
    )


class Description(TypedDict):
    """What may be logged of an exception."""

    error: str
    raised_at: list[str]


def describe(error: BaseException) -> Description:
    """An exception without its text, which may quote a person's data: its type and where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "error": type(error).__name__,
        "raised_at": [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames[-6:]],
    }
