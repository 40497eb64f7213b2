"""After an erasure: the person's exports, in all versions, and those that are being written."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

import botocore.session
from botocore.config import Config

from customers.domain.erasure.receipt import LISTED
from customers.domain.refusals import Unavailable
from customers.store.dynamodb.items import Item
from customers.store.erasure.sweep_jobs import SweepJob, SweepJobs
from customers.store.faults import named_faults

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class FilesSweep:
    """Removes files from the bucket of exports, where a person's files have the customer ids as prefixes."""

    checks: Mapping[str, str] = {"exports": LISTED}

    def __init__(self, jobs: SweepJobs, client: S3Client, bucket: str) -> None:
        self._jobs = jobs
        self._client = client
        self._bucket = bucket

    @classmethod
    def connect(cls, jobs: SweepJobs) -> FilesSweep:
        """The bucket named by `EXPORTS_BUCKET`."""
        config = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})
        client = botocore.session.get_session().create_client("s3", config=config)
        return cls(jobs, cast("S3Client", client), os.environ["EXPORTS_BUCKET"])

    def pages(self, job: SweepJob) -> Iterator[SweepJob]:
        """A thousand at a time. They are noted before they go: after a crash in between some are noted twice.

        Raises `Conflict`, `Unavailable`.
        """
        for prefix in _prefixes(job):
            for upload in self._uploads(prefix):
                with named_faults():
                    self._client.abort_multipart_upload(Bucket=self._bucket, **upload)
            for page in self._versions(prefix):
                rows: list[Item] = [{"key": {"S": each["Key"]}} for each in page]
                job = self._jobs.commit(job, job.more(self._jobs.secret, "exports", "removed", rows))
                self._remove(page)
                yield job

    def left(self, job: SweepJob) -> Iterator[Any]:
        """What is still to be swept, or was finished since. Raises `Unavailable`."""
        for prefix in _prefixes(job):
            yield from self._uploads(prefix)
            for page in self._versions(prefix):
                yield from page

    def _versions(self, prefix: str) -> Iterator[list[Any]]:
        """Files and delete markers. In a bucket without versioning each file has one version."""
        pages = self._client.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=prefix)
        with named_faults():
            for page in pages:
                found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
                if found:
                    yield [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]

    def _uploads(self, prefix: str) -> Iterator[Any]:
        pages = self._client.get_paginator("list_multipart_uploads").paginate(Bucket=self._bucket, Prefix=prefix)
        with named_faults():
            for page in pages:
                for each in page.get("Uploads", []):
                    yield {"Key": each["Key"], "UploadId": each["UploadId"]}

    def _remove(self, files: list[Any]) -> None:
        with named_faults():
            answer = self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": files, "Quiet": True})
        if answer.get("Errors"):
            raise Unavailable


def _prefixes(job: SweepJob) -> list[str]:
    return [f"{job.enterprise}/{each}/" for each in job.progress.ids]
