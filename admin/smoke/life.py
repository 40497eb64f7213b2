"""A short life of made-up customers: facts in, reads, writes and events out. `ending` has their export and erasure."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import Any
from urllib.parse import quote

from admin.smoke.caller import Caller, Check, Failed, Reply, until
from admin.smoke.refusals import REFUSED
from admin.stack.location import Stack

KNOWN, PENDING, DISABLED, UNKNOWN, TWIN = (f"+9741100000{number}" for number in range(1, 6))
"""Nobody's, for Qatar's plan has no such numbers. Those from +97410 are the sandbox's."""
PEOPLE = (KNOWN, PENDING, DISABLED, TWIN)
MONEY = {"currency": "QAR"}
LISTINGS = ("customers/stats", "activity", "erasures", "refused-facts", "changes")


class Life:
    """In the enterprise of the tokens. `mark` makes facts and ids of this run different from an earlier one's."""

    def __init__(self, stack: Stack, caller: Caller) -> None:
        self.stack, self.caller, self.mark = stack, caller, uuid.uuid4().hex[:8]
        self._ids: dict[str, str] = {}

    def checks(self) -> list[Check]:
        return [
            ("facts in: the branch is registered", self._registered),
            ("lookup: an unknown customer", lambda: self.status(UNKNOWN, "not_found")),
            ("facts in: four states of customers", self._told),
            ("lookup: its balance is exact", lambda: self.balance(1250)),
            ("lookup: a pending and a disabled customer", self._others),
            *((f"a till reads: {path}", self._reading(path)) for path in ("preferences", "summary-cached")),
            ("a till reads: badge-reason", self._reading("badge-reason")),
            ("identify, and its former address", self._identify),
            ("an event of a till, and its retry", self._writes),
            ("events out: the outbox is emptied", self._published),
            ("correct a name", self._correct),
            ("duplicates", lambda: self._office(f"/customers/{self.id(KNOWN)}/duplicates")),
            ("not the same person", lambda: self._about("duplicates", "other_customer_id", PENDING)),
            *((f"{act} two customers", partial(self._of_two, act)) for act in ("merge", "unmerge")),
            ("search", lambda: until(lambda: bool(self._found()), "search finds the customer")),
            ("context", lambda: self._office(f"/customers/{self.id(KNOWN)}/context")),
            *((name, partial(self._office, f"/{name}")) for name in LISTINGS),
            ("a session, opened, identified and read", self._session),
            ("the link of an SMS that nobody sent", self._link),
            ("the API describes itself", self._openapi),
        ]

    def publish(self, kind: str, phone: str | None = None, **fields: Any) -> None:
        """Put one fact on the bus. Raises `Failed` if the bus refuses it."""
        detail: dict[str, Any] = {
            "fact_id": f"smoke-{self.mark}-{uuid.uuid4().hex[:6]}",
            "enterprise_id": self.caller.enterprise,
            # Later than the people of an earlier run were erased. A clock that runs ahead counts as the receipt.
            "occurred_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
        }
        detail |= {**({"customer": {"phone": phone}} if phone else {}), **fields}
        entry = {
            "EventBusName": self.stack.bus,
            "Source": "partner.smoke",
            "DetailType": kind,
            "Detail": json.dumps(detail),
        }
        if self.stack.client("events").put_events(Entries=[entry])["FailedEntryCount"]:
            raise Failed("the bus refused a fact")

    def _registered(self) -> None:
        self.publish("enterprise.configured", name="Smoke", currency="QAR", home_region="QA")
        self.publish("branch.registered", merchant_id=self.caller.merchant, branch_id=self.caller.branch)
        # A refusal is kept for a minute by the spelling that it was asked with.
        spellings = count(1)
        until(lambda: self.lookup(UNKNOWN, next(spellings) % REFUSED).status == 200, "the till is let in", 120)

    def lookup(self, phone: str, spelling: int = 0) -> Reply:
        path = f"/customers/lookup?phone={quote(phone)}"
        return self.caller.send("GET", path, self.caller.till, spelling=spelling)

    def status(self, phone: str, status: str) -> None:
        """Wait until a lookup has this status. Raises `Failed`."""

        def seen() -> bool:
            reply = self.lookup(phone)
            return reply.status == 200 and bool(reply.data["status"] == status)

        until(seen, status)

    def _told(self) -> None:
        for phone in (KNOWN, DISABLED, TWIN):
            self.publish("customer.registered", phone, name="Smoke Test")
            self.publish("customer.verified", phone)
        self.publish("balance.topped_up", KNOWN, amount_minor=1500, **MONEY)
        self.publish("balance.spent", KNOWN, amount_minor=250, **MONEY)
        self.publish("purchase.completed", KNOWN, purchase_id=f"p-{self.mark}", amount_minor=250, **MONEY)
        self.publish("promo.granted", PENDING, grant_id=f"g-{self.mark}", amount_minor=100, **MONEY)
        for phone in (KNOWN, DISABLED, TWIN):
            self.status(phone, "registered")
        self.publish("customer.disabled", DISABLED)

    def balance(self, minor: int) -> None:
        """Wait until a lookup shows this balance, in minor units, and one visit. Raises `Failed`."""

        def seen() -> bool:
            customer = self.lookup(KNOWN).data["customer"]
            return bool(customer["balance"]["spendable_minor"] == minor and customer["activity"]["visit_count"] == 1)

        until(seen, f"{minor} to spend, and one visit")

    def _others(self) -> None:
        self.status(PENDING, "pending_proof")
        self.status(DISABLED, "not_found")

    def _reading(self, path: str) -> Callable[[], None]:
        def check() -> None:
            self.caller.expect(200, "GET", f"/customers/{quote(KNOWN)}/{path}", self.caller.till)

        return check

    def _identify(self) -> None:
        self.caller.expect(308, "POST", "/customers/identify", self.caller.till, {"phone": KNOWN})
        self.caller.expect(200, "POST", "/identify", self.caller.till, {"phone": KNOWN})

    def _writes(self) -> None:
        body = {"event_type": "check_in", "attributes": {"note": "smoke"}}
        for replayed in (False, True):
            path = f"/customers/{quote(KNOWN)}/events"
            reply = self.caller.expect(201, "POST", path, self.caller.till, body, Idempotency_Key=self.mark)
            if json.loads(reply.body)["meta"]["idempotency_replayed"] != replayed:
                raise Failed("a retry was carried out again" if replayed else "a first request was taken for a retry")

    def _published(self) -> None:
        pk = f"{self.caller.enterprise}#{self.id(KNOWN)}"
        table = self.stack.client("dynamodb")

        def empty() -> bool:
            rows = table.query(
                TableName=self.stack.tables["records"],
                KeyConditionExpression="pk = :pk AND begins_with(sk, :outbox)",
                ExpressionAttributeValues={":pk": {"S": pk}, ":outbox": {"S": "outbox#"}},
                ConsistentRead=True,
            )
            return not rows["Items"]

        until(empty, "events are published")

    def _correct(self) -> None:
        self.caller.expect(200, "PATCH", f"/customers/{self.id(KNOWN)}", self.caller.admin, {"name": "Smoke Corrected"})

    def _about(self, what: str, name: str, other: str) -> None:
        path, body = f"/customers/{self.id(KNOWN)}/{what}", {name: self.id(other)}
        self.caller.expect(200, "POST", path, self.caller.admin, body)

    def _of_two(self, act: str) -> None:
        self._about(act, "absorbed_customer_id", TWIN)
        self.balance(1250)
        self.status(TWIN, "registered")

    def _found(self) -> list[Any]:
        reply = self.caller.expect(200, "POST", "/customers/search", self.caller.admin, {"query": KNOWN})
        return list(reply.data["customers"])

    def _office(self, path: str) -> None:
        self.caller.expect(200, "GET", path, self.caller.admin)

    def _session(self) -> None:
        till = self.caller.till
        session = self.caller.expect(201, "POST", "/checkout/sessions", till, {}).data["session_id"]
        self.caller.expect(200, "POST", f"/checkout/sessions/{session}/identify", till, {"phone": KNOWN})
        self.caller.expect(200, "GET", f"/checkout/sessions/{session}", till)

    def _link(self) -> None:
        path = f"/verifications/{'a' * 32}"
        self.caller.expect(200, "GET", path, None)
        self.caller.expect(404, "POST", path, None)

    def _openapi(self) -> None:
        document = json.loads(self.caller.expect(200, "GET", "/openapi", None).body)
        if "paths" not in document:
            raise Failed("it is no OpenAPI document")

    def id(self, phone: str) -> str:
        """The customer's id. Raises `Failed` if nobody has the phone."""
        if phone not in self._ids:
            row = self.row(phone)
            if row is None:
                raise Failed("the customer is not there")
            self._ids[phone] = row["customer_id"]["S"]
        return self._ids[phone]

    def row(self, phone: str) -> Any:
        """The row of the Customers table by phone, or None."""
        key = {"pk": {"S": f"{self.caller.enterprise}#{phone}"}}
        return self.stack.client("dynamodb").get_item(TableName=self.stack.tables["customers"], Key=key).get("Item")
