"""Builds an export: from everything kept of a customer to a complete file and its row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Literal, Protocol

from customers.domain.activity_log import ActivityEntry
from customers.domain.customers.profile import Profile
from customers.domain.export import Export, ExportJob, Held, Line, Part, PendingExport
from customers.domain.refusals import Conflict, OutcomeUnknown, Unavailable
from customers.ids import new_export_id
from customers.store.aws.objects import Objects
from customers.store.customers.customers_by_id import CustomersById
from customers.store.export.archive import Files, write_archive
from customers.store.export.export_source import ExportSource
from customers.store.export.exports import Exports, object_key
from customers.store.refused_facts.about_person import Read

FilesOf = Callable[[Held, datetime], Files]
"""The files of an export at an instant: names and lines."""


class ManifestOf(Protocol):
    """Describes the files once they have been written."""

    def __call__(self, pending: PendingExport, parts: Sequence[Part], *, changed: bool) -> Line: ...


class ExportBuilder:
    """Reads, writes the file, and notes it last: a run that is stopped before leaves nothing that anybody finds."""

    def __init__(
        self,
        customers_by_id: CustomersById,
        source: ExportSource,
        exports: Exports,
        objects: Objects,
        files: FilesOf,
        manifest: ManifestOf,
    ) -> None:
        self._customers_by_id = customers_by_id
        self._source = source
        self._exports = exports
        self._objects = objects
        self._files = files
        self._manifest = manifest

    @classmethod
    def connect(cls, files: FilesOf, manifest: ManifestOf, read: Read) -> ExportBuilder:
        """`read` reads a refused fact."""
        return cls(
            CustomersById.connect(),
            ExportSource.connect(read),
            Exports.connect(),
            Objects.connect(),
            files=files,
            manifest=manifest,
        )

    def at_once(
        self, enterprise: str, profile: Profile, now: datetime, entry: ActivityEntry | None = None
    ) -> Export | None:
        """Build it now. None where there is too much for that. Raises `Conflict`, `Unavailable`, `OutcomeUnknown`."""
        held = self._source.at_once(enterprise, profile)
        making = PendingExport(new_export_id(), enterprise, profile, now, entry=entry)
        return self._make(making, held) if held else None

    def carry_out(self, enterprise: str, customer_id: str, job: str, now: datetime) -> Literal["ready", "overtaken"]:
        """Build the export of a job, however much there is, unless it is ready, or another job has overtaken it.

        Raises `Conflict`, `Unavailable`, `OutcomeUnknown`: the workflow calls it again.
        """
        match self._exports.latest(enterprise, customer_id):
            case Export(job=made_for) if made_for == job:
                return "ready"
            case ExportJob(job=waited_for) if waited_for == job:
                pass
            case _:
                return "overtaken"
        profile = self._customers_by_id.find(enterprise, customer_id)
        if profile is None:
            return "overtaken"
        self._make(
            PendingExport(new_export_id(), enterprise, profile, now, job), self._source.in_pages(enterprise, profile)
        )
        return "ready"

    def _make(self, pending: PendingExport, held: Held) -> Export:
        # A new id each time: no two runs write the same file, so every file is as its row says.
        key = object_key(pending.enterprise, pending.profile.customer_id, pending.id)
        with self._objects.writing(key) as upload:
            write_archive(
                upload, self._files(held, pending.at), lambda parts: self._describe(pending, parts), pending.at
            )
        export = Export(pending.id, pending.profile.version, pending.at, upload.size_bytes, upload.sha256, pending.job)
        try:
            self._exports.finish(pending, export)
        except OutcomeUnknown:
            # The row may be there: then the file is needed.
            raise
        except (Conflict, Unavailable):
            # Nobody will find the file. If it cannot be removed now, the bucket's lifecycle rule removes it.
            with suppress(Unavailable):
                self._objects.remove(key)
            raise
        return export

    def _describe(self, pending: PendingExport, parts: Sequence[Part]) -> Line:
        current = self._customers_by_id.find(pending.enterprise, pending.profile.customer_id)
        if current is None:
            raise Conflict
        return self._manifest(pending, parts, changed=current.version != pending.profile.version)
