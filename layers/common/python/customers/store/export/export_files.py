"""The files of exports, as an erasure removes them: all versions, and those that are still being written."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, cast

import botocore.session
from botocore.config import Config

from customers.domain.refusals import Unavailable
from customers.store.faults import named_faults

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class ExportFiles:
    """The bucket of exports, where the files of a customer have the customer's id as prefix.

    S3 is strongly consistent: once a file is removed, no link leads to it. Everything raises `Unavailable`.
    """

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    @classmethod
    def connect(cls) -> ExportFiles:
        """The bucket named by `EXPORTS_BUCKET`."""
        config = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2})
        client = botocore.session.get_session().create_client("s3", config=config)
        return cls(cast("S3Client", client), os.environ["EXPORTS_BUCKET"])

    def remove_all(self, enterprise: str, customer_ids: Iterable[str]) -> None:
        """Remove the finished files of customers. One request for each customer, one more for a thousand files."""
        for customer_id in customer_ids:
            for page in self.versions(prefix_of(enterprise, customer_id)):
                self.remove(page)

    def versions(self, prefix: str) -> Iterator[list[Any]]:
        """Files and delete markers, a thousand at a time. In a bucket without versioning each file has one version."""
        pages = self._client.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=prefix)
        with named_faults():
            for page in pages:
                found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
                if found:
                    yield [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]

    def remove(self, files: list[Any]) -> None:
        """Remove a page of `versions`."""
        with named_faults():
            answer = self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": files, "Quiet": True})
        if answer.get("Errors"):
            raise Unavailable

    def uploads(self, prefix: str) -> Iterator[Any]:
        """Uploads that are not complete. Nobody can read them."""
        pages = self._client.get_paginator("list_multipart_uploads").paginate(Bucket=self._bucket, Prefix=prefix)
        with named_faults():
            for page in pages:
                for each in page.get("Uploads", []):
                    yield {"Key": each["Key"], "UploadId": each["UploadId"]}

    def abort(self, upload: Any) -> None:
        """Remove the parts of an upload from `uploads`."""
        with named_faults():
            self._client.abort_multipart_upload(Bucket=self._bucket, **upload)


def prefix_of(enterprise: str, customer_id: str) -> str:
    return f"{enterprise}/{customer_id}/"
