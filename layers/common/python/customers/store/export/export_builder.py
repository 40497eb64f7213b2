"""The making of an export: from all that is held of a customer to a file that is whole, and a note of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Literal, Protocol

from customers.domain.customers.profile import Profile
from customers.domain.export import EXPORT_ID, Export, Held, Line, Making, Part, Preparing
from customers.domain.refusals import Conflict, OutcomeUnknown, Unavailable
from customers.store.aws.objects import Objects
from customers.store.customers.customers_by_id import CustomersById
from customers.store.export.archive import Files, write_archive
from customers.store.export.export_source import Holdings
from customers.store.export.exports import Exports, object_key

FilesOf = Callable[[Held, datetime], Files]
"""The files of what is held, as of an instant: each one's name and lines."""


class ManifestOf(Protocol):
    """What is said of the files once they have been written."""

    def __call__(self, making: Making, parts: Sequence[Part], *, changed: bool) -> Line: ...


class Maker:
    """Reads, writes the file, and only then notes it: whoever is stopped before that leaves nothing that is found."""

    def __init__(
        self,
        customers_by_id: CustomersById,
        holdings: Holdings,
        exports: Exports,
        objects: Objects,
        files: FilesOf,
        manifest: ManifestOf,
    ) -> None:
        self._dossiers = customers_by_id
        self._holdings = holdings
        self._exports = exports
        self._objects = objects
        self._files = files
        self._manifest = manifest

    @classmethod
    def connect(cls, files: FilesOf, manifest: ManifestOf) -> Maker:
        return cls(
            CustomersById.connect(),
            Holdings.connect(),
            Exports.connect(),
            Objects.connect(),
            files=files,
            manifest=manifest,
        )

    def at_once(self, enterprise: str, profile: Profile, now: datetime) -> Export | None:
        """None where there is too much for that. Raises `Conflict`, `Unavailable`, `OutcomeUnknown`."""
        held = self._holdings.at_once(enterprise, profile)
        return self._make(Making(_new_id(), enterprise, profile, now), held) if held else None

    def carry_out(self, enterprise: str, customer_id: str, job: str, now: datetime) -> Literal["ready", "overtaken"]:
        """Make the export of a job, however much there is, unless that has been done, or nobody waits for it any more.

        Raises `Conflict`, `Unavailable`, `OutcomeUnknown`: called again, it makes it then.
        """
        match self._exports.latest(enterprise, customer_id):
            case Export(job=made_for) if made_for == job:
                return "ready"
            case Preparing(job=waited_for) if waited_for == job:
                pass
            case _:
                return "overtaken"
        profile = self._dossiers.find(enterprise, customer_id)
        if profile is None:
            return "overtaken"
        if profile.sweeping:
            raise Conflict
        self._make(Making(_new_id(), enterprise, profile, now, job), self._holdings.in_pages(enterprise, profile))
        return "ready"

    def _make(self, making: Making, held: Held) -> Export:
        # Under an id of its own each time: no two makers ever write one file, and so none is other than it is noted.
        key = object_key(making.enterprise, making.profile.customer_id, making.id)
        with self._objects.writing(key) as upload:
            write_archive(upload, self._files(held, making.at), lambda parts: self._tell(making, parts), making.at)
        export = Export(making.id, making.profile.version, making.at, upload.size_bytes, upload.sha256, making.job)
        try:
            self._exports.finish(making, export)
        except OutcomeUnknown:
            # It may be noted: then the file is needed.
            raise
        except (Conflict, Unavailable):
            # Nobody will ever be given it. What cannot be removed now, the bucket's own rule removes.
            with suppress(Unavailable):
                self._objects.remove(key)
            raise
        return export

    def _tell(self, making: Making, parts: Sequence[Part]) -> Line:
        now = self._dossiers.find(making.enterprise, making.profile.customer_id)
        if now is None:
            raise Conflict
        return self._manifest(making, parts, changed=now.version != making.profile.version)


def _new_id() -> str:
    return f"{EXPORT_ID}{uuid.uuid4().hex}"
