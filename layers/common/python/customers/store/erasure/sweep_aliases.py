"""After an erasure: the phones of whom the person had absorbed, each replaced by a pseudonym of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from customers.domain.erasure.progress import Action
from customers.domain.identifiers.phone import Phone
from customers.domain.identifiers.pseudonym import pseudonym
from customers.store import records
from customers.store.customers.rows import Item, customer_key
from customers.store.dynamodb import dynamo
from customers.store.dynamodb.transactions import delete, put
from customers.store.erasure.sweep_jobs import Job, Jobs
from customers.store.facts.identifier_holders import Formers

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class AliasSweep:
    """Takes what is left of absorbed customers: in the table of records and, at their phones, in that of customers."""

    def __init__(self, jobs: Jobs, customers: str, records_table: str, links: str) -> None:
        self._client: DynamoDBClient = jobs.client
        self._jobs = jobs
        self._customers = customers
        self._records = records_table
        self._links = links
        self._formers = Formers(jobs.client, records_table, jobs.secret)

    @classmethod
    def connect(cls, jobs: Jobs) -> AliasSweep:
        """The tables named by `CUSTOMERS_TABLE`, `RECORDS_TABLE` and `VERIFICATIONS_TABLE`."""
        return cls(jobs, *(os.environ[f"{role}_TABLE"] for role in ("CUSTOMERS", "RECORDS", "VERIFICATIONS")))

    def pages(self, job: Job) -> Iterator[Job]:
        """One absorbed customer after another. Raises `Conflict`, `Unavailable`."""
        for row in self.left(job):
            job = self._absorbed(job, row)
            yield job

    def left(self, job: Job) -> Iterator[Item]:
        """The rows of absorbed customers which say more than the id."""
        keys = [
            records.record_key(job.enterprise, job.customer_id, f"{records.ABSORBED}{absorbed}")
            for absorbed in job.swept.ids[1:]
        ]
        for row in dynamo.get_all(self._client, self._records, keys):
            if "phone" in row or not job.keeps_books:
                yield row

    def _absorbed(self, job: Job, row: Item) -> Job:
        """The number leads to nobody from then on, and its late facts where they led before."""
        absorbed_id = row["sk"]["S"].removeprefix(records.ABSORBED)
        secret, taken, writes = self._jobs.secret, job, list[Any]()
        if "phone" in row:
            phone = Phone(row["phone"]["S"])
            lead = self._lead(job, phone, absorbed_id)
            taken = taken.more(secret, "customers", "removed", lead)
            writes += self._given_up(job, phone, absorbed_id) if lead else []
            number = {"pk": {"S": f"{job.enterprise}#links#{pseudonym(secret, job.enterprise, phone.e164)}"}}
            writes.append({"Delete": {"TableName": self._links, "Key": number}})
        left = {name: value for name, value in row.items() if name != "phone"}
        if job.keeps_books:
            writes.append(put(self._records, left, "attribute_exists(pk)"))
        else:
            writes.append(
                delete(self._records, {"pk": row["pk"], "sk": row["sk"]}, "merged_at = :at", {":at": row["merged_at"]})
            )
        deed: Action = "scrubbed" if job.keeps_books else "removed"
        return self._jobs.commit(job, taken.more(secret, "absorbed", deed, [row]), writes)

    def _lead(self, job: Job, phone: Phone, absorbed_id: str) -> list[Item]:
        with dynamo.answering():
            answer = self._client.get_item(
                TableName=self._customers, Key=customer_key(job.enterprise, phone), ConsistentRead=True
            )
        row = answer.get("Item", {})
        return [row] if row.get("absorbed") == {"S": absorbed_id} else []

    def _given_up(self, job: Job, phone: Phone, absorbed_id: str) -> list[Any]:
        before = self._formers.of(job.enterprise, phone)
        return [
            delete(
                self._customers,
                customer_key(job.enterprise, phone),
                "absorbed = :absorbed",
                {":absorbed": {"S": absorbed_id}},
            ),
            self._formers.put(job.enterprise, phone, before, before.given_up(job.erased_at, absorbed_id)),
        ]
