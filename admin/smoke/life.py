"""A short life of made-up customers: facts in, reads, a write, events out, an export, an erasure and its receipt."""

from __future__ import annotations

import argparse
import io
import json
import urllib.request
import uuid
import zipfile
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import Any
from urllib.parse import quote

from admin.erasure import receipt
from admin.erasure.verify_receipt import verified
from admin.smoke.caller import Caller, Failed, opened, until
from admin.smoke.refusals import Check
from admin.stack.location import Stack

KNOWN, PENDING, DISABLED, UNKNOWN = (f"+9741000000{number}" for number in range(1, 5))
MONEY = {"currency": "QAR"}
AT = "2026-01-01T10:00:00Z"


class Life:
    """In the enterprise of the tokens. `mark` makes facts and ids of this run different from an earlier one's."""

    def __init__(self, stack: Stack, caller: Caller) -> None:
        self._stack, self._caller, self._mark = stack, caller, uuid.uuid4().hex[:8]
        self._id, self._erasure = "", ""

    def checks(self) -> list[Check]:
        named: list[tuple[str, Callable[[], None]]] = [
            ("facts in: the branch is registered", self._registered),
            ("lookup: an unknown customer", lambda: self._status(UNKNOWN, "not_found")),
            ("facts in: four states of customers", self._told),
            ("lookup: its balance is exact", lambda: self._balance(1250)),
            ("lookup: a pending and a disabled customer", self._others),
            ("the other reads of a till", self._reads),
            ("a write, and its retry", self._writes),
            ("events out: the outbox is emptied", self._published),
            ("search, stats, context, activity", self._office),
            ("a session, identified and read", self._session),
            ("an export is downloaded", self._export),
            ("an erasure, and nobody is found any more", self._erase),
            # On an account the sweep waits for twenty minutes, so that what was under way has ended.
            *([("the erasure's receipt is verified", self._receipt)] if self._stack.may_lose_state else []),
        ]
        return named

    def clean_up(self) -> None:
        """Erase the other customers of the run too."""
        for phone in (KNOWN, PENDING, DISABLED):
            if row := self._row(phone):
                self._delete(row["customer_id"]["S"])

    def _publish(self, kind: str, phone: str | None = None, **fields: Any) -> None:
        detail: dict[str, Any] = {
            "fact_id": f"smoke-{self._mark}-{uuid.uuid4().hex[:6]}",
            "enterprise_id": self._caller.enterprise,
        }
        detail |= {"occurred_at": AT, **({"customer": {"phone": phone}} if phone else {}), **fields}
        entry = {
            "EventBusName": self._stack.bus,
            "Source": "partner.smoke",
            "DetailType": kind,
            "Detail": json.dumps(detail),
        }
        if self._stack.client("events").put_events(Entries=[entry])["FailedEntryCount"]:
            raise Failed("the bus refused a fact")

    def _registered(self) -> None:
        self._publish("enterprise.configured", name="Smoke", currency="QAR", home_region="QA")
        self._publish("branch.registered", merchant_id=self._caller.merchant, branch_id=self._caller.branch)
        # A refusal is cached for a minute by its token.
        until(lambda: self._lookup(UNKNOWN).status == 200, "the till is let in", 120)

    def _lookup(self, phone: str) -> Any:
        return self._caller.send("GET", f"/customers/lookup?phone={quote(phone)}", self._caller.till)

    def _status(self, phone: str, status: str) -> None:
        until(lambda: self._lookup(phone).status == 200 and self._lookup(phone).data["status"] == status, status)

    def _told(self) -> None:
        for phone in (KNOWN, DISABLED):
            self._publish("customer.registered", phone, name="Smoke Test")
            self._publish("customer.verified", phone)
        self._publish("balance.topped_up", KNOWN, amount_minor=1500, **MONEY)
        self._publish("balance.spent", KNOWN, amount_minor=250, **MONEY)
        self._publish("purchase.completed", KNOWN, purchase_id=f"p-{self._mark}", amount_minor=250, **MONEY)
        self._publish("promo.granted", PENDING, grant_id=f"g-{self._mark}", amount_minor=100, **MONEY)
        self._status(KNOWN, "registered")
        self._status(DISABLED, "registered")
        self._publish("customer.disabled", DISABLED, occurred_at="2026-01-02T10:00:00Z")

    def _balance(self, minor: int) -> None:
        def seen() -> bool:
            customer = self._lookup(KNOWN).data["customer"]
            return bool(customer["balance"]["spendable_minor"] == minor and customer["activity"]["visit_count"] == 1)

        until(seen, f"{minor} to spend, and one visit")

    def _others(self) -> None:
        self._status(PENDING, "pending_proof")
        self._status(DISABLED, "not_found")

    def _reads(self) -> None:
        for path in ("preferences", "summary-cached", "badge-reason"):
            self._caller.expect(200, "GET", f"/customers/{quote(KNOWN)}/{path}", self._caller.till)
        self._caller.expect(200, "POST", "/identify", self._caller.till, {"phone": KNOWN})

    def _writes(self) -> None:
        body = {"event_type": "check_in", "attributes": {"note": "smoke"}}
        for replayed in (False, True):
            path = f"/customers/{quote(KNOWN)}/events"
            reply = self._caller.expect(201, "POST", path, self._caller.till, body, Idempotency_Key=self._mark)
            if json.loads(reply.body)["meta"]["idempotency_replayed"] != replayed:
                raise Failed("a retry was carried out again" if replayed else "a first request was taken for a retry")

    def _published(self) -> None:
        pk = f"{self._caller.enterprise}#{self._customer()}"
        table = self._stack.client("dynamodb")

        def empty() -> bool:
            rows = table.query(
                TableName=self._stack.tables["records"],
                KeyConditionExpression="pk = :pk AND begins_with(sk, :outbox)",
                ExpressionAttributeValues={":pk": {"S": pk}, ":outbox": {"S": "outbox#"}},
                ConsistentRead=True,
            )
            return not rows["Items"]

        until(empty, "events are published")

    def _office(self) -> None:
        admin = self._caller.admin
        until(lambda: bool(self._found()), "search finds the customer")
        self._caller.expect(200, "GET", f"/customers/{self._customer()}/context", admin)
        self._caller.expect(200, "GET", "/customers/stats", admin)
        self._caller.expect(200, "GET", "/activity", admin)

    def _found(self) -> list[Any]:
        reply = self._caller.expect(200, "POST", "/customers/search", self._caller.admin, {"query": KNOWN})
        customers: list[Any] = reply.data["customers"]
        return customers

    def _session(self) -> None:
        till = self._caller.till
        session = self._caller.expect(201, "POST", "/checkout/sessions", till, {}).data["session_id"]
        self._caller.expect(200, "POST", f"/checkout/sessions/{session}/identify", till, {"phone": KNOWN})
        self._caller.expect(200, "GET", f"/checkout/sessions/{session}", till)

    def _export(self) -> None:
        reply = self._caller.expect(200, "GET", f"/customers/{self._customer()}/export", self._caller.admin)
        file = opened(urllib.request.Request(reply.data["download_url"]))  # noqa: S310 - the bucket's own
        if file.status != 200 or not zipfile.is_zipfile(io.BytesIO(file.body)):
            raise Failed(f"the link answers {file.status}, and no archive")

    def _erase(self) -> None:
        # An erasure destroys no money that may be spent.
        self._publish("balance.settled", KNOWN, amount_minor=1250, **MONEY)
        until(lambda: self._lookup(KNOWN).data["customer"]["balance"]["spendable_minor"] == 0, "the balance is settled")
        self._erasure = self._delete(self._customer())
        self._status(KNOWN, "not_found")

    def _delete(self, customer_id: str) -> str:
        reply = self._caller.expect(200, "DELETE", f"/customers/{customer_id}", self._caller.admin)
        return str(reply.data.get("erasure_id", ""))

    def _receipt(self) -> None:
        said = io.StringIO()
        chosen = argparse.Namespace(enterprise=self._caller.enterprise, erasure=self._erasure, wait=120.0)
        with redirect_stdout(said):
            receipt.run(self._stack, chosen)
        held = json.loads(said.getvalue())
        trusted = self._caller.send("GET", "/capabilities", None).data["erasure_receipt_keys"]
        verified(held, trusted)

    def _customer(self) -> str:
        if not self._id:
            row = self._row(KNOWN)
            if row is None:
                raise Failed("the customer is not there")
            self._id = row["customer_id"]["S"]
        return self._id

    def _row(self, phone: str) -> Any:
        key = {"pk": {"S": f"{self._caller.enterprise}#{phone}"}}
        return self._stack.client("dynamodb").get_item(TableName=self._stack.tables["customers"], Key=key).get("Item")
