"""A story in which every function does all that it ever does: what a role allows and nobody uses in it is too much.

This part has the shop and what happens at its tills and behind them; `story_people` and `story_erasure` go on.
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

import boto3
import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.every import OPERATIONS
from customers.domain.refusals import Unavailable
from customers.domain.time_zones import local_date
from customers.edge.auth.principal import Principal
from tests.operations.conftest import LAYLA, MONEY, PROVIDER_ID, Shop
from tests.support.http.gateway import Reply, call
from tests.support.identity.verifying import batch
from tests.support.recording import CHECK_IN, id_of
from tests.support.stats.streams import record
from tests.support.template.acting import Acting
from tests.support.template.deployed import functions

OMAR, NOUR, TWIN = "+97466005566", "+97455003344", "+97433009988"
MOVED = "+97455003398"
PERMISSIONS = [each.permission for each in OPERATIONS if each.permission]


class Story:
    """A shop, its tables, and everything that acts on them."""

    def __init__(self, shop: Shop, tables: DynamoDBClient, acting: Acting, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shop, self.tables, self.acting, self.monkeypatch = shop, tables, acting, monkeypatch
        self._keys = iter(range(10_000))

    def send(self, method: str, path: str, body: Any = None, query: str = "", who: Principal | None = None) -> Reply:
        """A request of a till, with a key of its own. It is answered with what was asked for."""
        headers = {"Idempotency-Key": f"k-{next(self._keys)}", "Content-Type": "application/json"}
        headers["Audit-Reason"] = "ticket 1"
        reply = call(method, path, query, who or self.shop.till, headers=headers, body=body)
        assert reply.status < 300, (method, path, reply.body)
        return reply

    def ask(self, method: str, path: str, body: Any = None, query: str = "") -> Reply:
        """The same, of an administrator."""
        return self.send(method, path, body, query, self.shop.admin(*PERMISSIONS))

    def run(self, function: str, event: Any) -> Any:
        """Invoke a function that is behind a queue, a stream or a workflow."""
        module = importlib.import_module(functions()[function]["Handler"].removesuffix(".handler"))
        return module.handler(event, None)

    def take(self, function: str, *told: Mapping[str, Any]) -> None:
        """Messages of a queue, all of which are done with, and one that never can be."""
        bodies = [*map(json.dumps, told), "no JSON"]
        assert self.run(function, batch(*bodies)) == {"batchItemFailures": []}

    def id(self, phone: str = LAYLA) -> str:
        return id_of(self.tables, self.shop, phone)

    def change(self, phone: str, **more: str) -> dict[str, str]:
        """A customer, as messages name one."""
        return {"enterprise": self.shop.enterprise, "customer_id": self.id(phone), **more}

    def rows(self, table: str) -> list[dict[str, Any]]:
        pages = self.tables.get_paginator("scan").paginate(TableName=table)
        return [row for page in pages for row in page["Items"] if row["pk"]["S"].split("#")[0] == self.shop.enterprise]

    def told_of(self, kind: str, **about: str) -> dict[str, Any]:
        """The event of a type that waits to be published, as the bus hands it over."""
        waiting = [row for row in self.rows("RecordsTable") if row.get("type") == {"S": kind} and "detail" in row]
        details = [json.loads(row["detail"]["S"]) for row in waiting if row["sk"]["S"].startswith("outbox#")]
        (detail,) = [each for each in details if about.items() <= each.items()]
        return {"detail": detail}

    def stream(self, *tables: str) -> dict[str, Any]:
        """What the streams tell if every row was written once."""
        return {"Records": [record(table, None, row) for table in tables for row in self.rows(table)]}


def everyone_is_told_of(story: Story) -> None:
    """All kinds of facts, of people, of the enterprise, and of nobody."""
    shop = story.shop
    shop.told("enterprise.configured", name="Test", currency="QAR", home_region="QA")
    shop.told("branch.registered", merchant_id="merchant-1", branch_id="branch-1")
    shop.told_of_layla()
    for phone in (OMAR, TWIN, NOUR):
        shop.told("customer.registered", phone, name="Omar Said")
        shop.told("purchase.completed", phone, purchase_id="p1", amount_minor=100, **MONEY)
        shop.told("promo.granted", phone, grant_id="g-1", amount_minor=100, **MONEY)
    shop.told("promo.granted", OMAR, grant_id="g-2", amount_minor=100, **MONEY)
    shop.told("promo.released", OMAR, grant_id="g-2")
    # Another's provider id: the row that is a copy of the old owner's goes.
    shop.told("provider_id.linked", LAYLA, provider_customer_id="pos-9999")
    shop.told("provider_id.linked", OMAR, provider_customer_id=PROVIDER_ID, occurred_at=_later())
    shop.told("balance.topped_up", customer={"provider_customer_id": "pos-9999"}, amount_minor=5, **MONEY)
    nobody = {"fact_id": "f", "enterprise_id": "nobody", "occurred_at": "2026-11-01T09:00:00Z"}
    waiting = {"detail-type": "customer.verified", "detail": {**nobody, "customer": {"phone": LAYLA}}}
    # Of two customers in a batch the rows are read together.
    again = {**nobody, "enterprise_id": shop.enterprise, "name": "Omar Said"}
    both = [{**again, "fact_id": f"{each}-again", "customer": {"phone": each}} for each in (OMAR, TWIN)]
    bodies = [
        json.dumps({"detail-type": "customer.registered", "source": "partner.tests", "detail": each}) for each in both
    ]
    for fold in ("FoldFactsFunction", "FoldBulkFactsFunction"):
        story.run(fold, batch(json.dumps({**waiting, "source": "partner.tests"})))
        story.run(fold, batch(*bodies))
        story.take(fold)
    of_access = {**nobody, "enterprise_id": shop.enterprise, "issuer": "https://people.test", "subject": "leaver"}
    revoked = {"detail-type": "access.revoked", "source": "partner.tests", "detail": of_access}
    story.run("FoldRegistryFactsFunction", batch(json.dumps(revoked)))
    story.take("FoldRegistryFactsFunction")
    with story.acting.throttled("TransactWriteItems"):
        story.run("FoldRegistryFactsFunction", batch(json.dumps(revoked)))


def _a_late_link_moves_what_was_counted(story: Story) -> None:
    """A purchase was addressed by an id, and counted, before the link arrives that says whose id it was then."""
    shop, at = story.shop, "2026-11-01T08:{}:00Z".format
    card = {"provider_customer_id": "card-1"}
    shop.told("provider_id.linked", NOUR, **card, occurred_at=at(30))
    shop.told("purchase.completed", customer=card, purchase_id="card", amount_minor=9, occurred_at=at(20), **MONEY)
    story.run("DeriveFunction", story.stream("RecordsTable"))
    shop.told("provider_id.linked", OMAR, **card, occurred_at=at(10))
    # Nobody else may write a customer without an entry that has to move.
    shop.told("provider_id.linked", TWIN, **card, occurred_at=at("05"))
    shop.told("provider_id.linked", TWIN, **card, occurred_at=at(40))
    shop.told("provider_id.unlinked", TWIN, **card, occurred_at=at(50))
    # The copy of the row goes with a link that was wrong.
    shop.told("provider_id.unlinked", LAYLA, provider_customer_id="pos-9999", occurred_at=_later())


def what_follows_is_derived(story: Story) -> None:
    """At once, or later where it could not be; a name is no word of the search any more once there is another."""
    shop, acting, sums = story.shop, story.acting, ("CustomersTable", "RecordsTable")
    purchase = {"transaction": "purchase#p1"}
    story.run("DeriveFunction", story.stream("CustomersTable"))
    story.take("DeriveAgainFunction", story.change(OMAR, **purchase))
    story.run("DeriveFunction", story.stream(*sums))
    for derive in ("DeriveFunction", "DeriveAgainFunction"):
        for phone in (OMAR, NOUR):
            shop.told("customer.registered", phone, name=f"Said {derive}", occurred_at=_later())
        shop.told("balance.spent", TWIN, amount_minor=50, **MONEY)
        if derive == "DeriveFunction":
            story.run(derive, story.stream("CustomersTable"))
        else:
            story.take(derive, story.change(OMAR), story.change(NOUR))
    with acting.throttled("BatchGetItem"):
        story.run("DeriveFunction", story.stream("CustomersTable"))
        story.run("DeriveAgainFunction", batch(json.dumps(story.change(OMAR))))
        for partition in {row["pk"]["S"] for row in story.rows("DerivedTable") if "#customers#" in row["pk"]["S"]}:
            bucket = {"enterprise": shop.enterprise, "bucket": partition.rpartition("#")[2]}
            story.run("DeriveAgainFunction", batch(json.dumps(bucket)))
    # As after a change of the time zone.
    story.run("DeriveAgainFunction", batch(json.dumps({**story.change(OMAR), "history_after": "purchase#"})))
    _a_day_begins(story)
    settings = {"name": "T", "currency": "QAR", "badge": {"regular_visits": 5}}
    row = {"pk": {"S": shop.enterprise}, "sk": {"S": "settings"}, "settings": {"S": json.dumps(settings)}}
    with acting.throttled("SendMessage"), pytest.raises(Unavailable):
        story.run("ResettleFunction", {"Records": [record("EnterprisesTable", None, row)]})
    below = batch(json.dumps([story.change(TWIN)]), json.dumps([story.change(TWIN)]))
    # One of the messages is about to be deleted by the queue.
    below["Records"][1]["attributes"]["SentTimestamp"] = "0"
    story.run("WatchBalancesFunction", below)
    shop.told("balance.topped_up", TWIN, amount_minor=100, **MONEY)
    _a_late_link_moves_what_was_counted(story)


_names = iter(range(1, 60))


def _later() -> str:
    return f"2026-11-02T10:{next(_names):02}:00Z"


def _a_day_begins(story: Story) -> None:
    """Somebody's badge changes, first for the stream and then for the queue; and who is due is looked at."""
    for phone, derive in (("+97455003381", "DeriveFunction"), ("+97455003382", "DeriveAgainFunction")):
        story.shop.told("purchase.completed", phone, purchase_id="p1", amount_minor=9, **MONEY)
        story.run("DeriveFunction", story.stream("CustomersTable"))
        story.shop.told("customer.disabled", phone)
        if derive == "DeriveFunction":
            story.run(derive, story.stream("CustomersTable"))
        else:
            story.take(derive, story.change(phone))
    due = {"enterprise": story.shop.enterprise, "day": "2027-12-31"}
    for bucket in ("", *"0123456789abcdef"):
        story.take("DeriveAgainFunction", {**due, "bucket": bucket})
    with story.monkeypatch.context() as patched:
        patched.setattr("events.begin_days.day_to_look_at", local_date)
        story.run("BeginDaysFunction", {})


def what_is_recorded_is_published(story: Story) -> None:
    """A check-in, and its retry; the bus takes the event in the end."""
    path = f"/customers/{quote(LAYLA, safe='')}/events"
    headers = {"Idempotency-Key": "again", "Content-Type": "application/json"}
    for _ in range(2):
        assert call("POST", path, "", story.shop.till, headers=headers, body=CHECK_IN).status == 201
    with story.acting.throttled("PutEvents"):
        story.run("PublishOutboxFunction", story.stream("RecordsTable"))
        story.run("PublishAgainFunction", batch(json.dumps(story.change(LAYLA))))
    story.take("PublishAgainFunction", story.change(LAYLA))
    story.send("POST", path, CHECK_IN)
    story.run("PublishOutboxFunction", story.stream("RecordsTable"))


def tills_and_offices_read(story: Story) -> None:
    phone, addresses = quote(LAYLA, safe=""), ({"phone": LAYLA}, {"provider_customer_id": "pos-9999"})
    for name, value in (each for address in addresses for each in address.items()):
        story.send("GET", "/customers/lookup", query=f"{name}={quote(value)}")
    for path in ("preferences", "summary-cached", "badge-reason"):
        story.send("GET", f"/customers/{phone}/{path}")
    # A page that ends with a cursor, too.
    for query in ("", "limit=1"):
        story.ask("GET", f"/customers/{story.id()}/context", query=query)
    for body in ({"name": "Layla"}, {"phone_prefix": "+974", "limit": 1}):
        story.ask("POST", "/customers/search", body)
    story.ask("GET", "/customers/stats", query="from=2026-06-01&to=2026-06-02")
    for query in ("", f"customer_id={story.id()}", "subject=office-1", "operation=search", "limit=1"):
        story.ask("GET", "/activity", query=query)
    assert call("GET", "/capabilities").status == 200
    assert call("POST", "/customers/identify", "", story.shop.till, body={}).status == 308
    for address in addresses:
        story.send("POST", "/identify", address)
    for query in ("", "limit=10"):
        story.ask("GET", "/changes", query=query)
    story.run("CanaryFunction", {})


def a_load_is_sent_in_parts(story: Story) -> None:
    """A part, and the same part once more when it is gone."""
    s3, bucket = boto3.client("s3"), os.environ["LOADS_BUCKET"]
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="parts/1", Body=b'{"one": 1}\n{"two": 2}\n')
    for _ in range(2):
        assert story.run("SendPartFunction", {"key": "parts/1"}) == {"outcome": "sent"}


def a_session_is_held(story: Story) -> None:
    """Identified twice, once by a retry; its opening repeated; and read after somebody has departed."""
    till, opening = story.shop.till, partial(call, "POST", "/checkout/sessions", "", story.shop.till, body={})
    session = opening(headers={"Idempotency-Key": "opening"}).data["session_id"]
    path = f"/checkout/sessions/{session}/identify"
    for key, body in (
        ("one", {"phone": LAYLA}),
        ("one", {"phone": LAYLA}),
        ("two", {"provider_customer_id": "pos-9999"}),
    ):
        assert call("POST", path, "", till, headers={"Idempotency-Key": key}, body=body).status == 200
    assert opening(headers={"Idempotency-Key": "opening"}).status == 201
    story.shop.told("customer.disabled", NOUR)
    story.send("GET", f"/checkout/sessions/{session}")
    story.shop.told("customer.enabled", NOUR, occurred_at=_later())
    # And after its customer was given another phone.
    story.shop.told("customer.registered", MOVED, name="Maha")
    moving = story.send("POST", "/checkout/sessions", {}).data["session_id"]
    story.send("POST", f"/checkout/sessions/{moving}/identify", {"phone": MOVED})
    story.ask("PATCH", f"/customers/{story.id(MOVED)}", {"phone": "+97455003397"})
    assert story.send("GET", f"/checkout/sessions/{moving}").data["context"]["customer"]["name"] == "Maha"
