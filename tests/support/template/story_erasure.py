"""The story's last part: people are erased, in every way there is, and swept."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import boto3

from customers.domain.identifiers.phone import Phone
from customers.store.customers.profiles import Profiles
from tests.operations.conftest import MONEY
from tests.support.identity.verifying import batch
from tests.support.template.story import Story
from tests.support.template.story_people import NEW
from tests.support.template.story_refused import BEFORE, refused

STRANGER, WALLET = "+97433007711", "+97433007722"
SWEEPS = [f"Sweep{each}Function" for each in ("History", "Copies", "Files", "RefusedFacts")]


def one_waits_for_money(story: Story) -> None:
    """Requested twice, and checked before and after the money is settled, together with absorbed customers."""
    shop, layla = story.shop, story.id(NEW)
    story.ask("DELETE", f"/customers/{layla}", query="dry_run=true")
    for phone in (NEW, STRANGER):
        refused(story, phone)
    story.shop.settings = replace(shop.settings, erasure_policy="escalate")
    for _ in range(2):
        assert story.ask("DELETE", f"/customers/{layla}").status == 202
    waiting = story.told_of("customer.erasure_escalated", customer_id=layla)["detail"]
    _started(story, "customer.erasure_escalated", waiting)
    assert story.run("SettleErasureFunction", waiting) == {"outcome": "waiting"}
    shop.told("balance.settled", NEW, amount_minor=_spendable(story, NEW), **MONEY)
    assert story.run("SettleErasureFunction", waiting) == {"outcome": "erased"}
    _another_waits(story)
    # Of whoever has the phone next.
    refused(story, NEW, at="2032-01-01T10:00:00Z", sent_at="1990000000000")
    _swept(story, story.told_of("customer.erased", customer_id=layla)["detail"])
    # One that is refused after the sweep.
    refused(story, NEW)
    for _ in range(2):
        refused(story, STRANGER, sent_at="1990000000000")
    story.ask("GET", f"/erasures/{waiting['erasure_id']}")
    # A page that ends with a cursor, too.
    for path, query in product(("/erasures", "/refused-facts"), ("", "limit=1")):
        story.ask("GET", path, query=query)


def _another_waits(story: Story) -> None:
    """Never verified: whether the books must be kept is in the ledger."""
    story.shop.told("balance.topped_up", STRANGER, amount_minor=1, **MONEY)
    assert story.ask("DELETE", f"/customers/{story.id(STRANGER)}").status == 202
    waiting = story.told_of("customer.erasure_escalated", customer_id=story.id(STRANGER))["detail"]
    assert story.run("SettleErasureFunction", waiting) == {"outcome": "waiting"}


def one_is_deleted(story: Story) -> None:
    """Who was never verified is gone as a whole; what is late is counted, and nothing of it kept."""
    story.shop.told("customer.registered", WALLET, name="Noura")
    story.shop.told("promo.granted", WALLET, grant_id="g-1", amount_minor=100, **MONEY)
    nour = story.id(WALLET)
    refused(story, WALLET)
    # A file whose link is dead once they are erased.
    story.ask("GET", f"/customers/{nour}/export")
    rows = {table: story.rows(table) for table in ("CustomersTable", "RecordsTable")}
    assert story.ask("DELETE", f"/customers/{nour}").status == 200
    erased = story.told_of("customer.erased", customer_id=nour)["detail"]
    _started(story, "customer.erased", erased)
    assert story.run("EraseAgainFunction", erased) == {"outcome": "gone"}
    _swept(story, erased)
    story.shop.told("balance.topped_up", customer={"customer_id": nour}, amount_minor=7, occurred_at=BEFORE, **MONEY)
    _restored(story, rows, nour)
    assert story.run("EraseAgainFunction", erased) == {"outcome": "erased"}


def _started(story: Story, kind: str, detail: Mapping[str, Any]) -> None:
    """At once, or later where the workflow could not be started; an event that is not ours is refused."""
    event = {"detail-type": kind, "source": "customers", "detail": detail}
    with story.acting.throttled("StartExecution"):
        story.run("StartErasureFunction", batch(json.dumps(event)))
    story.take("StartErasureFunction", event)


def _swept(story: Story, erased: dict[str, Any]) -> None:
    """State by state. Whichever is run first notes whom it is about."""
    prefix = f"{erased['enterprise_id']}/{erased['customer_id']}/"
    boto3.client("s3").create_multipart_upload(Bucket=os.environ["EXPORTS_BUCKET"], Key=f"{prefix}unfinished")
    for state in ("SealErasureFunction", *SWEEPS):
        _forget_who(story, erased)
        assert story.run(state, erased) in ({"outcome": "left"}, {"outcome": "swept"})
    story.run("FailErasureFunction", erased)
    assert story.run("SealErasureFunction", erased) == {"outcome": "done"}


def _forget_who(story: Story, erased: dict[str, Any]) -> None:
    key = {"pk": {"S": erased["enterprise_id"]}, "sk": {"S": erased["erasure_id"]}}
    story.tables.update_item(TableName="ErasuresTable", Key=key, UpdateExpression="REMOVE swept")


def _spendable(story: Story, phone: str) -> int:
    profile = Profiles(story.tables, "CustomersTable").find(story.shop.enterprise, Phone(phone))
    assert profile
    return profile.spendable_minor


def _restored(story: Story, before: Mapping[str, list[dict[str, Any]]], customer_id: str) -> None:
    """The tables are as they were before the erasure, but for the ledger of erasures."""
    for table, rows in before.items():
        for row in story.rows(table):
            if customer_id in json.dumps(row, default=bytes.hex):
                keys: Any = {name: row[name] for name in ("pk", "sk") if name in row}
                story.tables.delete_item(TableName=table, Key=keys)
        for row in rows:
            if customer_id in json.dumps(row, default=bytes.hex):
                story.tables.put_item(TableName=table, Item=row)
