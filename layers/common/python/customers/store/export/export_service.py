"""A customer's export for who asks: the latest where it is still good, one made at once, or one to wait for."""

from __future__ import annotations

import uuid
from datetime import datetime

from customers.domain.customers.profile import Profile
from customers.domain.customers.status import known
from customers.domain.export import Export, Preparing
from customers.domain.refusals import Conflict, OutcomeUnknown, Unavailable
from customers.store.aws.workflow import Workflow
from customers.store.customers.customers_by_id import CustomersById
from customers.store.export.export_builder import FilesOf, Maker, ManifestOf
from customers.store.export.exports import Exports

ATTEMPTS = 3
"""Whoever was overtaken looks again."""


class Exporting:
    """Each step leaves what the next call can go on from, so it may be stopped between any two."""

    def __init__(self, customers_by_id: CustomersById, exports: Exports, maker: Maker, workflow: Workflow) -> None:
        self._dossiers = customers_by_id
        self._exports = exports
        self._maker = maker
        self._workflow = workflow

    @classmethod
    def connect(cls, files: FilesOf, manifest: ManifestOf) -> Exporting:
        return cls(CustomersById.connect(), Exports.connect(), Maker.connect(files, manifest), Workflow.connect())

    def obtain(self, enterprise: str, customer_id: str, now: datetime) -> tuple[Profile, Export | None]:
        """The customer and a finished export; None while one is being prepared. Raises `NotFound`, `Unavailable`."""
        for _ in range(ATTEMPTS):
            profile = known(self._dossiers.find(enterprise, customer_id))
            try:
                return profile, self._obtain(enterprise, profile, now)
            except (Conflict, OutcomeUnknown):
                continue
        raise Unavailable

    def _obtain(self, enterprise: str, profile: Profile, now: datetime) -> Export | None:
        if profile.sweeping:
            # What came with a merge is on its way here: soon it can be read as a whole.
            return None
        latest = self._exports.latest(enterprise, profile.customer_id)
        if isinstance(latest, Export) and latest.is_good(profile.version, now):
            return latest
        if isinstance(latest, Preparing) and self._run(enterprise, profile, latest.job):
            return None
        if made := self._maker.at_once(enterprise, profile, now):
            return made
        # A job that has ended without an export has failed, and is done anew by another.
        job = f"job_{uuid.uuid4().hex}"
        self._exports.prepare(enterprise, profile.customer_id, job, instead_of=latest)
        self._run(enterprise, profile, job)
        return None

    def _run(self, enterprise: str, profile: Profile, job: str) -> bool:
        return self._workflow.run(job, {"enterprise": enterprise, "customer_id": profile.customer_id})
