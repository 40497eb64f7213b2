"""A customer's export on request: the latest if it is still good, one built now, or one to wait for."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from customers.domain.activity_log import ActivityEntry
from customers.domain.customers.profile import Profile
from customers.domain.customers.status import known
from customers.domain.export import Export, ExportJob
from customers.domain.refusals import Conflict, OutcomeUnknown, Unavailable
from customers.ids import new_job_id
from customers.retries import retry_on_conflict
from customers.store.aws.workflow import Workflow
from customers.store.customers.customers_by_id import CustomersById
from customers.store.export.export_builder import ExportBuilder, FilesOf, ManifestOf
from customers.store.export.exports import Exports
from customers.store.refused_facts.about_person import Read

ATTEMPTS = 3
"""Attempts where other writers are faster."""


class Obtained(NamedTuple):
    """A finished export of the customer, or None and what is being waited for.

    `noted` says that the entry in the activity log has been committed.
    """

    profile: Profile
    export: Export | None
    job: str | None = None
    noted: bool = False


class ExportService:
    """Every step leaves a state from which the next call goes on, so it may be stopped between any two."""

    def __init__(
        self, customers_by_id: CustomersById, exports: Exports, builder: ExportBuilder, workflow: Workflow
    ) -> None:
        self._customers_by_id = customers_by_id
        self._exports = exports
        self._builder = builder
        self._workflow = workflow

    @classmethod
    def connect(cls, files: FilesOf, manifest: ManifestOf, read: Read) -> ExportService:
        """`read` reads a refused fact."""
        builder = ExportBuilder.connect(files, manifest, read)
        return cls(CustomersById.connect(), Exports.connect(), builder, Workflow.connect())

    def obtain(self, enterprise: str, customer_id: str, now: datetime, entry: ActivityEntry | None = None) -> Obtained:
        """The customer and a finished export, or the job that prepares one. Raises `NotFound`, `Unavailable`.

        `entry` is committed with the export that is made, or with the job that is begun.
        """

        def attempt() -> Obtained:
            profile = known(self._customers_by_id.find(enterprise, customer_id))
            try:
                return self._obtain(enterprise, profile, now, entry)
            except OutcomeUnknown as unknown:
                # The next attempt finds out what came of it.
                raise Conflict from unknown

        try:
            return retry_on_conflict(attempt, ATTEMPTS)
        except Conflict:
            raise Unavailable from None

    def _obtain(self, enterprise: str, profile: Profile, now: datetime, entry: ActivityEntry | None) -> Obtained:
        latest = self._exports.latest(enterprise, profile.customer_id)
        if isinstance(latest, Export) and latest.is_reusable(profile.version, now):
            return Obtained(profile, latest)
        if isinstance(latest, ExportJob) and self._run(enterprise, profile, latest.job):
            return Obtained(profile, None, latest.job)
        if made := self._builder.at_once(enterprise, profile, now, entry):
            return Obtained(profile, made, noted=entry is not None)
        # A job that ended without an export has failed: another job replaces it.
        job = new_job_id()
        begun = entry.polling(job) if entry else None
        self._exports.prepare(enterprise, profile.customer_id, job, instead_of=latest, entry=begun)
        self._run(enterprise, profile, job)
        return Obtained(profile, None, job, noted=entry is not None)

    def _run(self, enterprise: str, profile: Profile, job: str) -> bool:
        return self._workflow.run(job, {"enterprise": enterprise, "customer_id": profile.customer_id})
