"""The bucket of exports: files that appear complete or not at all, and links to them that expire."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

import botocore.session
from botocore.config import Config

from customers.domain.export import URL_LIVES
from customers.store.aws.uploads import Upload
from customers.store.faults import named_faults

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SAVED_AS = "customer-export.zip"
"""The name under which browsers save the file: it names nobody."""


class Objects:
    """Files by key. Every call raises `Unavailable`."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    @classmethod
    def connect(cls) -> Objects:
        """The bucket named by `EXPORTS_BUCKET`."""
        # Version 4, and the bucket as a host of its own region: S3 redirects other links, and then refuses them.
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
        """A stream into a file. The file appears when the block ends, and never where it raises."""
        upload = Upload(self._client, self._bucket, key)
        try:
            yield upload
            upload.complete()
        except BaseException:
            upload.abandon()
            raise

    def link(self, key: str) -> str:
        """A link to download the file, valid for a while. It is a secret. Takes no request."""
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
        with named_faults():
            self._client.delete_object(Bucket=self._bucket, Key=key)
