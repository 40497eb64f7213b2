"""The bucket of exports: files that appear whole or not at all, and links to them that end by themselves."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

import botocore.session
from botocore.config import Config

from customers.domain.export import URL_LIVES
from customers.store.aws.uploads import Upload
from customers.store.dynamodb import dynamo

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SAVED_AS = "customer-export.zip"
"""Whatever browsers save the file as names nobody."""


class Objects:
    """Files by their key."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    @classmethod
    def connect(cls) -> Objects:
        """The bucket named by `EXPORTS_BUCKET`."""
        # Version 4, and the bucket as a host of its own region: other links are redirected, and then refused.
        config = Config(
            signature_version="s3v4",
            s3={"addressing_style": "virtual"},
            connect_timeout=2,
            read_timeout=10,
            retries={"mode": "standard", "total_max_attempts": 3},
        )
        client = botocore.session.get_session().create_client("s3", config=config)
        return cls(cast("S3Client", client), os.environ["EXPORTS_BUCKET"])

    @contextmanager
    def writing(self, key: str) -> Iterator[Upload]:
        """A stream into a file, which is there once this ends well, and never where it does not."""
        upload = Upload(self._client, self._bucket, key)
        try:
            yield upload
            upload.complete()
        except BaseException:
            upload.abandon()
            raise

    def link(self, key: str) -> str:
        """What anybody can have the file with, for a while. It is a secret, and asks nothing of S3."""
        return self._client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": key,
                "ResponseContentDisposition": f'attachment; filename="{SAVED_AS}"',
            },
            ExpiresIn=int(URL_LIVES.total_seconds()),
        )

    def remove(self, key: str) -> None:
        with dynamo.answering():
            self._client.delete_object(Bucket=self._bucket, Key=key)
