"""The real code in memory, driven by the steps of a history, and what its readers see in the end."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import NotYet
from customers.domain.stats.customer_refs import CustomerRef
from customers.edge.log import logger
from customers.edge.messaging.fold import folding
from customers.edge.messaging.outcomes import Received
from customers.store.customers.customers_by_id import CustomersById
from customers.store.customers.keys import customer_key
from customers.store.erasure.sweep_aliases import AliasesSweep
from customers.store.erasure.sweep_history import HistorySweep
from customers.store.erasure.sweep_jobs import SweepJobs
from customers.store.export.export_source import ExportSource
from customers.store.records.transaction_rows import TRANSACTIONS
from customers.wire.export.exported import files_of
from customers.wire.facts.sources import anyone
from tests.model.projection import exact
from tests.model.steps import Act, Correction, Erasure, Fact, Merge, Unmerge, Verification
from tests.operations.conftest import Shop
from tests.support.books import CUSTOMERS, RECORDS, SECRET, Books
from tests.support.erasure.sweeping import ERASURES, LINKS
from tests.support.http.gateway import Reply, call
from tests.support.identity.verifying import batch, event, tokens
from tests.support.recording import forget
from tests.support.stats.derivation import deriver

CLOCKS = ("customers.edge.http.serve", "customers.edge.http.serve_public", "identity.send_verification")
NAPPING = ("customers.retries",)
PERMISSIONS = ("customer:UPDATE", "customer:MERGE", "customer:DELETE", "customer:STATS")


@contextmanager
def stopped() -> Iterator[Callable[[datetime], None]]:
    """Nobody waits and nothing is logged; it is what time the caller says."""
    at: list[datetime] = []

    class Stopped(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return at[-1]

    with pytest.MonkeyPatch.context() as patch:
        for module in CLOCKS:
            patch.setattr(f"{module}.datetime", Stopped)
        for module in NAPPING:
            patch.setattr(f"{module}.time", SimpleNamespace(sleep=lambda _: None, perf_counter=lambda: 0.0))
        for handler in logger.handlers:
            patch.setattr(handler, "stream", io.StringIO())
        yield at.append


def plain(value: Any) -> Any:
    """As JSON has it."""
    match value:
        case datetime():
            return exact(value)
        case dict():
            return {name: plain(each) for name, each in value.items()}
        case list():
            return [plain(each) for each in value]
        case _:
            return value


@dataclass
class Product:
    """One enterprise. Every message is handed over with its receipt; what waits comes again."""

    client: DynamoDBClient
    tell_time: Callable[[datetime], None]
    shop: Shop = field(init=False)
    waiting: list[tuple[str, datetime]] = field(init=False, default_factory=list)
    links: dict[str, str] = field(init=False, default_factory=dict)
    """The verification that was asked for last, by customer."""
    _keys: int = 0

    def __post_init__(self) -> None:
        self.shop = Shop(str(uuid.uuid4()))
        self.shop.opened()
        self.books = Books(self.client, self.shop.enterprise)
        self._take = folding(self.books.registry.settings, self.books.registry.post, self.books.ledger, anyone)

    # ------------------------------------------------------------------------------------------------ steps

    def tell(self, fact: Fact) -> str:
        """What came of it: `applied`, `duplicate`, `waiting`, or `refused` with the reason."""
        named = {"phone": "phone", "provider": "provider_customer_id", "customer": "customer_id"}[fact.named.how]
        value = self.id_at(fact.named.value) if fact.named.how == "customer" else fact.named.value
        detail = {
            "fact_id": fact.fact_id,
            "enterprise_id": self.shop.enterprise,
            "occurred_at": exact(fact.occurred_at),
            "customer": {named: value},
            **{name: plain(each) for name, each in fact.fields.items()},
        }
        body = json.dumps({"detail-type": fact.kind, "source": "partner.tests", "detail": detail})
        return self._hand_over(body, fact.received_at)

    def again(self) -> None:
        """What waits comes again, as long as that helps."""
        while True:
            waiting, self.waiting = self.waiting, []
            for body, at in waiting:
                self._hand_over(body, at)
            if len(self.waiting) == len(waiting):
                return

    def _hand_over(self, body: str, at: datetime) -> str:
        (outcome,) = self._take([Received(body, at)])
        if isinstance(outcome, NotYet):
            self.waiting.append((body, at))
            return "waiting"
        if isinstance(outcome, Exception):
            return f"refused: {type(outcome).__name__} {outcome}"
        return outcome

    def act(self, act: Act, customer_id: str) -> Reply:
        """`customer_id`: whom it is about; of a merge the survivor."""
        self.tell_time(act.at)
        match act:
            case Correction():
                body = {"phone": act.new_phone, "name": act.new_name}
                return self._correct(customer_id, {name: value for name, value in body.items() if value})
            case Merge():
                absorbed = self.id_at(act.absorbed)
                assert absorbed
                return self._send("POST", f"/customers/{customer_id}/merge", {"absorbed_customer_id": absorbed})
            case Unmerge():
                return self._send("POST", f"/customers/{customer_id}/unmerge", {"absorbed_customer_id": customer_id})
            case Verification():
                return self._verify(customer_id)
            case Erasure():
                return self._erase(customer_id)

    def _erase(self, customer_id: str) -> Reply:
        """With what the workflow sweeps of the history: an absorbed phone is free after it."""
        reply = self._send("DELETE", f"/customers/{customer_id}")
        if reply.status == 200:
            jobs = SweepJobs(self.client, ERASURES, RECORDS, SECRET)
            for sweep in (HistorySweep(jobs, RECORDS), AliasesSweep(jobs, CUSTOMERS, RECORDS, LINKS)):
                for _ in sweep.pages(jobs.read(self.shop.enterprise, reply.data["erasure_id"])):
                    pass
        return reply

    def _correct(self, customer_id: str, body: dict[str, str]) -> Reply:
        reply = self._send("PATCH", f"/customers/{customer_id}", body)
        if reply.status == 200 and "phone" in reply.data["corrected"]:
            self.links.pop(reply.data["customer_id"], None)
        if reply.status == 200 and reply.data["verification"]:
            self.links[reply.data["customer_id"]] = reply.data["verification"]["verification_id"]
        return reply

    def _verify(self, customer_id: str) -> Reply:
        from identity.send_verification import handler

        handler(batch(event(self.shop.enterprise, customer_id, self.links.pop(customer_id))), None)
        return call("POST", f"/verifications/{tokens()[-1]}")

    def _send(self, method: str, path: str, body: object = None) -> Reply:
        self._keys += 1
        headers = {"Idempotency-Key": f"k-{self._keys}", "Content-Type": "application/json"}
        return call(method, path, "", self.shop.admin(*PERMISSIONS), headers=headers, body=body)

    # ------------------------------------------------------------------------------------------------ readers

    def id_at(self, phone: str) -> str | None:
        """The id of the customer at a phone; where the phone is absorbed, that of the absorbed customer."""
        key = customer_key(self.shop.enterprise, Phone(phone))
        row = self.client.get_item(TableName=CUSTOMERS, Key=key).get("Item", {})
        found = row.get("absorbed" if "leads_to" in row else "customer_id")
        return found["S"] if found else None

    def lookup(self, how: str, value: str) -> dict[str, Any]:
        reply = self.shop.lookup(f"{how}={quote(value)}&include=preferences")
        told = {name: value for name, value in reply.data.items() if name not in ("branch_id", "fetched_at")}
        return {**told, "data_completeness_score": reply.body["meta"]["data_completeness_score"]}

    def export(self, customer_id: str, now: datetime) -> dict[str, Any]:
        """What the files of an export say, as the model says it."""
        profile = CustomersById(self.client, CUSTOMERS, RECORDS).find(self.shop.enterprise, customer_id)
        assert profile
        held = ExportSource(self.client, RECORDS).at_once(self.shop.enterprise, profile)
        assert held
        files: dict[str, list[Any]] = {
            name.split(".")[0]: [dict(each) for each in lines] for name, lines in files_of(held, now)
        }
        (identity,), (balances,) = files["identity"], files["balances"]
        return {
            "phone": identity["phone"],
            "name": identity["name"],
            "state": identity["state"],
            "verified": identity["verified"],
            "provider_ids": sorted(identity["provider_customer_ids"]),
            "balance_minor": balances["balance_minor"],
            "locked_promo_minor": balances["locked_promo_minor"],
            "ledger": sorted((each["id"], each["type"]) for each in files["ledger"] if each["id"].startswith("f-")),
            "grants": sorted(
                (each["grant_id"], each["amount_minor"], each["status"], each["expires_at"])
                for each in files["promo_grants"]
            ),
            "transactions": sorted(
                (each["id"], each["type"], each["amount_minor"], each["occurred_at"], each["fact_id"])
                for each in files["transactions"]
            ),
            "consent": {each["name"]: each["value"] for each in files["consent"]},
            "preferences": {each["name"]: each["value"] for each in files["preferences"]},
        }

    def stats(self, first: datetime, now: datetime) -> dict[str, Any]:
        self._reconcile(now)
        query = f"from={first.date()}&to={now.date()}"
        data = call("GET", "/customers/stats", query, self.shop.admin(*PERMISSIONS)).data
        days = {
            each["date"]: each for each in data["days"] if any(value for name, value in each.items() if name != "date")
        }
        names = ("customers", "badges", "active_customers", "repeat_rate", "spendable_minor")
        more = ("locked_promo_minor", "unclaimed_cashback_minor")
        return {name: data[name] for name in (*names, *more)} | {"days": days}

    def _reconcile(self, now: datetime) -> None:
        """What the streams have done."""
        enterprise = self.shop.enterprise
        changed = {
            CustomerRef(enterprise, row["customer_id"]["S"])
            for row in self.books.rows(CUSTOMERS)
            if "customer_id" in row
        }
        changed |= {
            CustomerRef(enterprise, row["pk"]["S"].split("#")[1], row["sk"]["S"])
            for row in self.books.rows(RECORDS)
            if row["sk"]["S"].startswith(TRANSACTIONS)
        }
        assert deriver(self.client, lambda: now).reconcile(list(changed)) == {}

    def audit(self) -> list[Any]:
        """Where projection and ledger differ."""
        ids = {row["customer_id"]["S"] for row in self.books.rows(CUSTOMERS) if "customer_id" in row}
        compare = self.books.rebuild.compare
        return [found for each in sorted(ids) if (found := compare(self.shop.enterprise, each, "QAR").differences)]

    def close(self) -> None:
        forget(self.client, self.shop.enterprise)
