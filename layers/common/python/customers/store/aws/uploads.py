"""A file of a bucket, written as a stream, in parts: S3 shows it once the last has come, and not before."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from customers.store.dynamodb import dynamo

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

PART = 8 * 1024 * 1024
"""Bytes that are kept back at a time. S3 takes at least 5 MiB, and 10,000 parts: a file of 80 GB."""


class Upload:
    """What is written goes on in parts. `size_bytes` and `sha256` are those of all that was written."""

    def __init__(self, client: S3Client, bucket: str, key: str) -> None:
        self._client = client
        self._bucket, self._key = bucket, key
        self._waiting = bytearray()
        self._sent: list[CompletedPartTypeDef] = []
        self._digest = hashlib.sha256()
        self.size_bytes = 0
        with dynamo.answering():
            begun = client.create_multipart_upload(Bucket=bucket, Key=key, ContentType="application/zip")
        self._id = begun["UploadId"]

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def write(self, data: bytes, /) -> int:
        self._waiting += data
        self._digest.update(data)
        self.size_bytes += len(data)
        if len(self._waiting) >= PART:
            self._send()
        return len(data)

    def flush(self) -> None:
        """Parts have a least size: nothing goes on before its time."""

    def close(self) -> None:
        """A file ends by `complete` or `abandon`."""

    def complete(self) -> None:
        """Have the file appear."""
        self._send()
        with dynamo.answering():
            self._client.complete_multipart_upload(
                Bucket=self._bucket, Key=self._key, UploadId=self._id, MultipartUpload={"Parts": self._sent}
            )

    def abandon(self) -> None:
        """Have its parts forgotten. What cannot be told now, the bucket's own rule forgets after a day."""
        with suppress(ClientError, BotoCoreError):
            self._client.abort_multipart_upload(Bucket=self._bucket, Key=self._key, UploadId=self._id)

    def _send(self) -> None:
        number = len(self._sent) + 1
        with dynamo.answering():
            part = self._client.upload_part(
                Bucket=self._bucket, Key=self._key, UploadId=self._id, PartNumber=number, Body=bytes(self._waiting)
            )
        self._sent.append({"PartNumber": number, "ETag": part["ETag"]})
        self._waiting.clear()
