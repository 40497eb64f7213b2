"""A load through the object store: the file is cut into parts, and a workflow sends them, some at a time.

A part that is sent is deleted. So what is left is what is still to be done, whoever stops in between.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

from admin.facts import refused_lines
from admin.facts.progress import Progress, save
from admin.facts.source import read_window
from admin.stack.location import Stack
from admin.stack.pace import Pace
from admin.stack.refusal import Refusal
from admin.stack.stopping import Stop

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_stepfunctions import SFNClient

PART = 5_000
"""Lines of a part; 8 MB at most, as a window."""
POLL = 2.0


def progress_of(path: Path) -> Path:
    """The file that keeps how far the parts have been uploaded."""
    return path.with_name(f"{path.name}.parts.progress")


class Parts:
    """The parts of one file in the bucket of a stack."""

    def __init__(self, stack: Stack, load: Progress, lines: int = PART) -> None:
        self._s3: S3Client = stack.client("s3")
        self._states: SFNClient = stack.client("stepfunctions")
        self._bucket, self._machine = stack.loads_bucket, stack.load_workflow
        self._lines = lines
        self._load = f"{load.beginning[:16]}-{load.size}"
        self._prefix = f"parts/{self._load}/"

    def upload(self, file: BinaryIO, path: Path, progress: Progress, stop: Stop) -> Progress:
        """Cut the rest of the file. A part has the same name each time, so a repeated one takes its own place."""
        with Pace("uploading", "B", progress.size, progress.offset, scaled=True) as pace:
            while not (stop.asked or progress.done):
                window = read_window(file, progress.offset, progress.line, self._lines)
                if window.facts:
                    body = "".join(f"{fact}\n" for fact in window.facts).encode()
                    self._s3.put_object(
                        Bucket=self._bucket, Key=f"{self._prefix}{progress.offset:015}.jsonl", Body=body
                    )
                progress = replace(
                    progress,
                    offset=window.offset,
                    line=window.line,
                    sent=progress.sent + len(window.facts),
                    refused=progress.refused + len(window.refused),
                    refused_bytes=refused_lines.append(path, progress.refused_bytes, window.refused),
                    done=window.line == progress.line,
                )
                save(progress_of(path), progress)
                pace.at(progress.offset, progress.size, f"{progress.sent:,} facts")
        return progress

    def send(self, stop: Stop) -> bool:
        """Run the workflow until no part is left. False after Ctrl-C: what runs goes on. Raises `Refusal`."""
        most = left = self._left()
        with Pace("sending", " parts", most) as pace:
            while left:
                execution = self._running() or self._begun()
                while (status := self._states.describe_execution(executionArn=execution)["status"]) == "RUNNING":
                    if stop.asked:
                        return False
                    pace.at(most - (left := self._left()), most)
                    time.sleep(POLL)
                left = self._left()
                if status != "SUCCEEDED":
                    raise Refusal(f"{left} parts could not be sent: run the same command again to send the rest")
        return True

    def _left(self) -> int:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix)
        return sum(page["KeyCount"] for page in pages)

    def _running(self) -> str | None:
        """An execution of this load that somebody has started."""
        pages = self._states.get_paginator("list_executions").paginate(
            stateMachineArn=self._machine, statusFilter="RUNNING"
        )
        found = [each for page in pages for each in page["executions"] if each["name"].startswith(self._load)]
        return found[0]["executionArn"] if found else None

    def _begun(self) -> str:
        name = f"{self._load}-{uuid.uuid4().hex[:8]}"
        started = self._states.start_execution(
            stateMachineArn=self._machine, name=name, input=f'{{"prefix": "{self._prefix}"}}'
        )
        return started["executionArn"]
