"""After an erasure: the exports of the person, in all versions, and those that are being written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import botocore.session
from botocore.config import Config

from customers.domain.refusals import Unavailable
from customers.store.customers.rows import Item
from customers.store.dynamodb import dynamo
from customers.store.erasure.sweep_jobs import Job, Jobs

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class FilesSweep:
    """Takes files out of the bucket of exports, in which everything of a person lies below their ids."""

    def __init__(self, jobs: Jobs, client: S3Client, bucket: str) -> None:
        self._jobs = jobs
        self._client = client
        self._bucket = bucket

    @classmethod
    def connect(cls, jobs: Jobs) -> FilesSweep:
        """The bucket named by `EXPORTS_BUCKET`."""
        config = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})
        client = botocore.session.get_session().create_client("s3", config=config)
        return cls(jobs, cast("S3Client", client), os.environ["EXPORTS_BUCKET"])

    def pages(self, job: Job) -> Iterator[Job]:
        """A thousand at a time. They are noted before they go: after a crash between the two some are noted twice."""
        for prefix in _prefixes(job):
            for upload in self._uploads(prefix):
                with dynamo.answering():
                    self._client.abort_multipart_upload(Bucket=self._bucket, **upload)
            for page in self._versions(prefix):
                rows: list[Item] = [{"key": {"S": each["Key"]}} for each in page]
                job = self._jobs.commit(job, job.more(self._jobs.secret, "exports", "removed", rows))
                self._remove(page)
                yield job

    def left(self, job: Job) -> Iterator[Any]:
        """What a sweep has not done yet, or what was finished since."""
        for prefix in _prefixes(job):
            yield from self._uploads(prefix)
            for page in self._versions(prefix):
                yield from page

    def _versions(self, prefix: str) -> Iterator[list[Any]]:
        """Files and what is left of deleted ones; in a bucket that keeps no versions each has one."""
        pages = self._client.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=prefix)
        with dynamo.answering():
            for page in pages:
                found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
                if found:
                    yield [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]

    def _uploads(self, prefix: str) -> Iterator[Any]:
        pages = self._client.get_paginator("list_multipart_uploads").paginate(Bucket=self._bucket, Prefix=prefix)
        with dynamo.answering():
            for page in pages:
                for each in page.get("Uploads", []):
                    yield {"Key": each["Key"], "UploadId": each["UploadId"]}

    def _remove(self, files: list[Any]) -> None:
        with dynamo.answering():
            answer = self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": files, "Quiet": True})
        if answer.get("Errors"):
            raise Unavailable


def _prefixes(job: Job) -> list[str]:
    return [f"{job.enterprise}/{each}/" for each in job.swept.ids]
