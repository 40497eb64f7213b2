"""A file of facts in S3, read as one on disk is: a range at a time, so its length does not matter."""

from __future__ import annotations

import argparse
import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from botocore.exceptions import BotoCoreError, ClientError

from admin.stack.refusal import Refusal
from commands.arguments import existing

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

RANGE = 8 * 1024 * 1024
"""Bytes of a request."""
KEPT = Path(".local/loads")
"""Where the progress of such a load is kept, and its refused lines."""
_ADDRESS = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(?P<key>.+)")


def source(text: str) -> Path | str:
    """An argument: a file that exists, or `s3://bucket/key`. Raises `ArgumentTypeError`."""
    if not text.startswith("s3://"):
        return existing(text)
    if not _ADDRESS.fullmatch(text):
        raise argparse.ArgumentTypeError("must be a file, or s3://bucket/key")
    return text


@contextmanager
def opened(source: Path | str, s3: S3Client) -> Iterator[tuple[BinaryIO, Path]]:
    """The file, and the path beside which its progress is kept. Raises `Refusal`."""
    if isinstance(source, Path):
        with source.open("rb") as file:
            yield file, source
        return
    match = _ADDRESS.fullmatch(source)
    assert match  # noqa: S101 - `source` has checked it
    KEPT.mkdir(parents=True, exist_ok=True)
    kept = KEPT / re.sub(r"[^A-Za-z0-9._-]", "+", source.removeprefix("s3://"))
    with io.BufferedReader(_Ranges(s3, match["bucket"], match["key"]), RANGE) as whole:
        yield cast("BinaryIO", whole), kept


class _Ranges(io.RawIOBase):
    """Reads ranges of the version that was there when it was opened. Another one is refused, not mixed with it."""

    def __init__(self, s3: S3Client, bucket: str, key: str) -> None:
        self._s3 = s3
        self._at = {"Bucket": bucket, "Key": key}
        self._position = 0
        head = self._ask(s3.head_object, **self._at)
        self._size, self._version = head["ContentLength"], head["ETag"]

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        begins = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}
        self._position = begins[whence] + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        last = min(self._position + len(buffer), self._size) - 1
        if last < self._position:
            return 0
        answer = self._ask(
            self._s3.get_object, **self._at, IfMatch=self._version, Range=f"bytes={self._position}-{last}"
        )
        body: bytes = answer["Body"].read()
        buffer[: len(body)] = body
        self._position += len(body)
        return len(body)

    def _ask(self, call: Any, **request: Any) -> Any:
        try:
            return call(**request)
        except (BotoCoreError, ClientError) as error:
            raise Refusal(f"s3://{self._at['Bucket']}/{self._at['Key']} cannot be read: {error}") from error
