"""After an erasure: the phones of customers whom the person had absorbed. A pseudonym replaces each."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from customers.domain.erasure.progress import Action
from customers.domain.erasure.receipt import CONSISTENT
from customers.domain.identifiers.phone import Phone
from customers.domain.identifiers.pseudonym import pseudonym
from customers.store.customers.keys import customer_key
from customers.store.dynamodb import reads
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import delete, put
from customers.store.erasure.sweep_jobs import SweepJob, SweepJobs
from customers.store.facts.identifier_holders import HoldersByIdentifier
from customers.store.records.absorbed_rows import ABSORBED
from customers.store.records.keys import record_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class AliasesSweep:
    """Sweeps what is left of absorbed customers: their records, and the rows at their phones."""

    checks: Mapping[str, str] = {"absorbed": CONSISTENT}

    def __init__(self, jobs: SweepJobs, customers: str, records_table: str, links: str) -> None:
        self._client: DynamoDBClient = jobs.client
        self._jobs = jobs
        self._customers = customers
        self._records = records_table
        self._links = links
        self._identifier_holders = HoldersByIdentifier(jobs.client, records_table, jobs.secret)

    @classmethod
    def connect(cls, jobs: SweepJobs) -> AliasesSweep:
        """The tables named by `CUSTOMERS_TABLE`, `RECORDS_TABLE` and `VERIFICATIONS_TABLE`."""
        return cls(jobs, *(os.environ[f"{role}_TABLE"] for role in ("CUSTOMERS", "RECORDS", "VERIFICATIONS")))

    def pages(self, job: SweepJob) -> Iterator[SweepJob]:
        """One absorbed customer at a time. Raises `Conflict`, `Unavailable`."""
        for row in self.left(job):
            job = self._absorbed(job, row)
            yield job

    def left(self, job: SweepJob) -> Iterator[Item]:
        """The rows of absorbed customers that say more than the id. Raises `Unavailable`."""
        keys = [
            record_key(job.enterprise, job.customer_id, f"{ABSORBED}{absorbed}") for absorbed in job.progress.ids[1:]
        ]
        for row in reads.get_all(self._client, self._records, keys):
            if "phone" in row or not job.keeps_books:
                yield row

    def _absorbed(self, job: SweepJob, row: Item) -> SweepJob:
        """From then on the phone leads to nobody. Late facts about it lead where they led before."""
        absorbed_id = row["sk"]["S"].removeprefix(ABSORBED)
        secret, taken, writes = self._jobs.secret, job, list[Any]()
        if "phone" in row:
            phone = Phone(row["phone"]["S"])
            lead = self._lead(job, phone, absorbed_id)
            taken = taken.more(secret, "customers", "removed", lead).naming([phone], secret)
            writes += self._given_up(job, phone, absorbed_id) if lead else []
            number = {"pk": {"S": f"{job.enterprise}#links#{pseudonym(secret, job.enterprise, phone.e164)}"}}
            writes.append(delete(self._links, number))
        left = {name: value for name, value in row.items() if name != "phone"}
        if job.keeps_books:
            writes.append(put(self._records, left, "attribute_exists(pk)"))
        else:
            writes.append(
                delete(self._records, {"pk": row["pk"], "sk": row["sk"]}, "merged_at = :at", {":at": row["merged_at"]})
            )
        action: Action = "scrubbed" if job.keeps_books else "removed"
        return self._jobs.commit(job, taken.more(secret, "absorbed", action, [row]), writes)

    def _lead(self, job: SweepJob, phone: Phone, absorbed_id: str) -> list[Item]:
        row = reads.get(self._client, self._customers, customer_key(job.enterprise, phone))
        return [row] if row and row.get("absorbed") == {"S": absorbed_id} else []

    def _given_up(self, job: SweepJob, phone: Phone, absorbed_id: str) -> list[Any]:
        before = self._identifier_holders.of(job.enterprise, phone)
        return [
            delete(
                self._customers,
                customer_key(job.enterprise, phone),
                "absorbed = :absorbed",
                {":absorbed": {"S": absorbed_id}},
            ),
            self._identifier_holders.put(job.enterprise, phone, before, before.given_up(job.erased_at, absorbed_id)),
        ]
