"""A file in a bucket, written as a stream, in parts: S3 shows it once the last part has come."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from customers.domain.refusals import Unavailable
from customers.store.faults import named_faults

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

PART = 8 * 1024 * 1024
"""Bytes in a part. S3 takes parts of at least 5 MiB, and 10,000 of them: a file of 80 GB."""


class Upload:
    """Sends what is written in parts. `size_bytes` and `sha256` are of everything written so far."""

    def __init__(self, client: S3Client, bucket: str, key: str) -> None:
        self._client = client
        self._bucket, self._key = bucket, key
        self._buffer = bytearray()
        self._sent: list[CompletedPartTypeDef] = []
        self._digest = hashlib.sha256()
        self.size_bytes = 0
        with named_faults():
            begun = client.create_multipart_upload(Bucket=bucket, Key=key, ContentType="application/zip")
        self._id = begun["UploadId"]

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def write(self, data: bytes, /) -> int:
        self._buffer += data
        self._digest.update(data)
        self.size_bytes += len(data)
        if len(self._buffer) >= PART:
            self._send()
        return len(data)

    def flush(self) -> None:
        """Does nothing: parts have a least size."""

    def close(self) -> None:
        """Does nothing: a file ends by `complete` or `abandon`."""

    def complete(self) -> None:
        """Make the file appear. Raises `Unavailable`."""
        self._send()
        with named_faults():
            self._client.complete_multipart_upload(
                Bucket=self._bucket, Key=self._key, UploadId=self._id, MultipartUpload={"Parts": self._sent}
            )

    def abandon(self) -> None:
        """Remove the parts. Where that fails, the bucket's lifecycle rule removes them after a day."""
        with suppress(ClientError, BotoCoreError, Unavailable), named_faults():
            self._client.abort_multipart_upload(Bucket=self._bucket, Key=self._key, UploadId=self._id)

    def _send(self) -> None:
        number = len(self._sent) + 1
        with named_faults():
            part = self._client.upload_part(
                Bucket=self._bucket, Key=self._key, UploadId=self._id, PartNumber=number, Body=bytes(self._buffer)
            )
        self._sent.append({"PartNumber": number, "ETag": part["ETag"]})
        self._buffer.clear()
