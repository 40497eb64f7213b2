"""After an erasure: the person's exports, in all versions, and those that are being written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from customers.domain.erasure.receipt import LISTED
from customers.store.dynamodb.items import Item
from customers.store.erasure.sweep_jobs import SweepJob, SweepJobs
from customers.store.export.export_files import ExportFiles, prefix_of


class FilesSweep:
    """Removes files from the bucket of exports."""

    checks: Mapping[str, str] = {"exports": LISTED}

    def __init__(self, jobs: SweepJobs, files: ExportFiles) -> None:
        self._jobs = jobs
        self._files = files

    @classmethod
    def connect(cls, jobs: SweepJobs) -> FilesSweep:
        """The bucket named by `EXPORTS_BUCKET`."""
        return cls(jobs, ExportFiles.connect())

    def pages(self, job: SweepJob) -> Iterator[SweepJob]:
        """A thousand at a time. They are noted before they go: after a crash in between some are noted twice.

        Raises `Conflict`, `Unavailable`.
        """
        for prefix in _prefixes(job):
            for upload in self._files.uploads(prefix):
                self._files.abort(upload)
            for page in self._files.versions(prefix):
                rows: list[Item] = [{"key": {"S": each["Key"]}} for each in page]
                job = self._jobs.commit(job, job.more(self._jobs.secret, "exports", "removed", rows))
                self._files.remove(page)
                yield job

    def left(self, job: SweepJob) -> Iterator[Any]:
        """What is still to be swept, or was finished since. Raises `Unavailable`."""
        for prefix in _prefixes(job):
            yield from self._files.uploads(prefix)
            for page in self._files.versions(prefix):
                yield from page


def _prefixes(job: SweepJob) -> list[str]:
    return [prefix_of(job.enterprise, each) for each in job.progress.ids]
