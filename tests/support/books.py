"""One enterprise's books in memory: post facts, look at what they left, count and break the calls that it takes."""

from __future__ import annotations

import json
import re
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from mypy_boto3_dynamodb import DynamoDBClient

from customers.domain.customers.profile import Profile
from customers.domain.facts.fact import CustomerFact
from customers.domain.identifiers.address import ProviderId
from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import NotYet, Refusal
from customers.store.audit.rebuild import Rebuild
from customers.store.customers.profiles import Profiles
from customers.store.facts.ledger import Ledger
from customers.store.registry import Registry
from customers.store.registry_facts import Posted
from tests.support.dynamodb.in_memory import are_in_memory, forget, rows_of
from tests.support.facts import LAYLA, Told, customer_fact, of_event
from tests.support.hash_keys import secret
from tests.support.tables import dynamodb

SECRET = secret
CUSTOMERS, RECORDS, ENTERPRISES, DERIVED = "CustomersTable", "RecordsTable", "EnterprisesTable", "DerivedTable"
GIVEN_ID = re.compile(r"usr_[0-9a-f]{32}")


@dataclass
class Books:
    """What the store knows of one enterprise."""

    client: DynamoDBClient
    enterprise: str

    def __post_init__(self) -> None:
        self.ledger = ledger(self.client)
        self.profiles = Profiles(self.client, CUSTOMERS)
        self.registry = Registry(self.client, ENTERPRISES)
        self.rebuild = Rebuild(self.client, CUSTOMERS, RECORDS, DERIVED, SECRET)

    def post(self, kind: str, **said: Any) -> Posted:
        return post_one(self.ledger, customer_fact(kind, self.enterprise, **said))

    def tell(self, told: Told) -> Posted:
        return post_one(self.ledger, self.fact(*told))

    def tell_together(self, history: Sequence[Told]) -> list[Told]:
        """Facts about one customer, handed over at once. Those that have to wait come back."""
        outcomes = self.ledger.post([self.fact(*told) for told in history])
        return [told for told, outcome in zip(history, outcomes, strict=True) if isinstance(outcome, NotYet)]

    def fact(self, kind: str, said: dict[str, Any]) -> CustomerFact:
        return of_event(kind, {**said, "enterprise_id": self.enterprise})

    def find(self, phone: str = LAYLA) -> Profile | None:
        return self.profiles.find(self.enterprise, Phone(phone))

    def customer(self, phone: str = LAYLA) -> Profile:
        profile = self.find(phone)
        assert profile
        return profile

    def by_provider_id(self, provider_id: str) -> Profile | None:
        return self.profiles.find(self.enterprise, ProviderId(provider_id))

    def rows(self, table: str) -> list[dict[str, Any]]:
        """All rows of the enterprise, whole; those of one key in their order."""
        if are_in_memory(self.client):
            return rows_of(table, self.enterprise)
        pages = self.client.get_paginator("scan").paginate(TableName=table)
        mine = [row for page in pages for row in page["Items"] if row["pk"]["S"].split("#")[0] == self.enterprise]
        return sorted(mine, key=lambda row: (row["pk"]["S"], row.get("sk", {"S": ""})["S"]))

    def ledger_of(self, profile: Profile) -> list[Told]:
        """The facts that the ledger holds about a customer, in its order."""
        found = []
        for row in self.rows(RECORDS):
            if row["pk"]["S"] == f"{self.enterprise}#{profile.customer_id}" and row["sk"]["S"].startswith("ledger#"):
                _, at, fact_id = row["sk"]["S"].split("#", 2)
                history = {"included_in": row["included_in"]["S"]} if "included_in" in row else {}
                said = {"occurred_at": at, "fact_id": fact_id, **json.loads(row["detail"]["S"]), **history}
                found.append((row["type"]["S"], said))
        return found

    def close(self) -> None:
        """Remove every row of the enterprise."""
        for table in (CUSTOMERS, RECORDS, ENTERPRISES):
            forget(table, self.enterprise)

    def everything(self) -> str:
        """What all tables hold, without the keyed hashes: two enterprises with equal facts have equal texts."""
        rows = self.rows(CUSTOMERS)
        given = {row["customer_id"]["S"]: row["phone"]["S"] for row in rows if "customer_id" in row}
        given |= {row["absorbed"]["S"]: row["pk"]["S"].split("#")[1] for row in rows if "leads_to" in row}

        def told(row: dict[str, Any]) -> str:
            row = {
                name: value for name, value in row.items() if name not in ("said", "named", "checksum", "hash_offset")
            }
            text = json.dumps(row, indent=1, default=bytes.hex).replace(self.enterprise, "ENTERPRISE")
            return GIVEN_ID.sub(lambda found: f"usr of {given[found[0]]}", text)

        return "\n".join(sorted(map(told, [*self.rows(CUSTOMERS), *self.rows(RECORDS)])))


def post_one(ledger: Ledger, fact: CustomerFact) -> Posted:
    """What came of one fact; raises why it is not in the ledger."""
    (outcome,) = ledger.post([fact])
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


class Town:
    """Enterprises side by side in the same tables. The oldest leave."""

    NEIGHBOURS = 3

    def __init__(self, client: DynamoDBClient) -> None:
        self._client = client
        self._open: deque[Books] = deque()

    def newcomer(self) -> Books:
        """An enterprise that nobody has heard of."""
        self._open.append(Books(self._client, str(uuid.uuid4())))
        if len(self._open) > self.NEIGHBOURS:
            self._open.popleft().close()
        return self._open[-1]


def ledger(client: DynamoDBClient) -> Ledger:
    """A ledger over the tables in memory."""
    return Ledger(client, CUSTOMERS, RECORDS, DERIVED, SECRET)


@contextmanager
def calls(client: Any, service: str = "dynamodb") -> Iterator[list[str]]:
    """The operations that a client is asked for meanwhile."""
    asked: list[str] = []

    def note(model: Any, **_: Any) -> None:
        asked.append(model.name)

    client.meta.events.register(f"before-call.{service}", note)
    yield asked
    client.meta.events.unregister(f"before-call.{service}", note)


def interrupting(moment: str, act: Callable[[], None]) -> DynamoDBClient:
    """A client of its own that does `act` at each `moment`: `before-call…` or `after-call…`, as botocore names them."""
    client = dynamodb()
    client.meta.events.register_first(moment, lambda **_: act())
    return client
