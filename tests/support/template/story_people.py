"""The story's second part: who a person is, and what is held of a person."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from customers.edge.messaging.workflow_task import StepFailed
from tests.operations.conftest import LAYLA, MONEY
from tests.support.http.gateway import call
from tests.support.identity.verifying import batch, forget_texts, tokens
from tests.support.template.story import NOUR, OMAR, TWIN, Story
from tests.support.template.story_refused import BEFORE, card, refused

NEW = "+97433001155"
"""Layla's, from the middle of the story on."""
OTHER = "+97433001156"
"""Layla's for a moment, after the merges."""


def people_are_corrected_and_verified(story: Story) -> None:
    """Another phone, the link that proves it, and a second link before it is used."""
    layla = story.id()
    story.ask("PATCH", f"/customers/{layla}", {"phone": NEW})
    told = _asked_to_verify(story, layla, NEW)
    with story.acting.throttled("Publish"):
        story.run("SendVerificationFunction", batch(json.dumps(told)))
    story.take("SendVerificationFunction", told)
    story.send("GET", f"/verifications/{tokens()[0]}")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert call("POST", f"/verifications/{tokens()[0]}", headers=form).status == 200
    # What was told of the old phone in time follows the person.
    story.shop.told("balance.topped_up", LAYLA, amount_minor=7, occurred_at=BEFORE, **MONEY)


def _asked_to_verify(story: Story, customer_id: str, phone: str) -> dict[str, Any]:
    story.ask("PATCH", f"/customers/{customer_id}", {"phone": phone})
    (asked,) = [
        row for row in story.rows("RecordsTable") if row["sk"]["S"] == "verification" and customer_id in row["pk"]["S"]
    ]
    forget_texts()
    return story.told_of("customer.verification_requested", verification_id=asked["verification_id"]["S"])


def people_are_merged(story: Story) -> None:
    """Who has absorbed somebody is absorbed in turn, and the histories follow: at once, later, or never."""
    omar, twin, layla, nour = (story.id(each) for each in (OMAR, TWIN, NEW, NOUR))
    story.ask("GET", f"/customers/{twin}/duplicates")
    story.ask("POST", f"/customers/{twin}/duplicates", {"other_customer_id": nour})
    for survivor, absorbed in ((omar, twin), (layla, omar)):
        for preview in ({"validate_only": True}, {}):
            story.ask("POST", f"/customers/{survivor}/merge", {"absorbed_customer_id": absorbed, **preview})
    # One merge is undone, and done again.
    for preview in ({"validate_only": True}, {}):
        story.ask("POST", f"/customers/{layla}/unmerge", {"absorbed_customer_id": omar, **preview})
    story.ask("POST", f"/customers/{layla}/merge", {"absorbed_customer_id": omar})
    # A fact that ends an absorbed customer's grant may name the survivor. A late fact counts as if it had come in time.
    story.shop.told("promo.released", NEW, grant_id="g-1")
    story.shop.told("preferences.updated", NEW, preferences={"milk": "no"}, occurred_at=BEFORE)
    story.ask("GET", f"/customers/{layla}/context")
    story.ask("GET", f"/customers/{layla}/duplicates")
    for phone in (OTHER, NEW):
        story.take("SendVerificationFunction", _asked_to_verify(story, layla, phone))
        assert call("POST", f"/verifications/{tokens()[0]}").status == 200


def people_have_their_data(story: Story) -> None:
    """At once or by the workflow; what nobody will be given is taken away again."""
    path, shop = f"/customers/{story.id(NEW)}/export", story.shop
    story.shop.told("provider_id.linked", NEW, **card(NEW))
    refused(story, NEW)
    for fault in ("UploadPart", "TransactWriteItems"):
        with story.acting.throttled(fault):
            assert call("GET", path, "", shop.admin("customer:EXPORT")).status == 503
    assert story.ask("GET", path).status == 200
    shop.told("balance.topped_up", NEW, amount_minor=1, **MONEY)
    with story.monkeypatch.context() as patched:
        patched.setattr("customers.store.export.export_source.AT_ONCE", 1)
        for _ in range(2):
            assert story.ask("GET", path).status == 202
        # A job that has ended without an export is looked at, and done anew by another.
        _stop(shop.enterprise)
        assert story.ask("GET", path).status == 202
    ((_, job),) = _running(shop.enterprise)
    for fault in ("UploadPart", "TransactWriteItems"):
        with story.acting.throttled(fault), pytest.raises(StepFailed):
            story.run("PrepareExportFunction", job)
    assert story.run("PrepareExportFunction", job) == {"outcome": "ready"}


def _running(enterprise: str) -> list[tuple[str, dict[str, str]]]:
    """The workflow's executions that run, and what they were started with."""
    states: Any = boto3.client("stepfunctions")
    machines = [each["stateMachineArn"] for each in states.list_state_machines()["stateMachines"]]
    runs = [each for machine in machines for each in states.list_executions(stateMachineArn=machine)["executions"]]
    told = [states.describe_execution(executionArn=each["executionArn"]) for each in runs]
    given = [(each["executionArn"], json.loads(each["input"])) for each in told if each["status"] == "RUNNING"]
    return [each for each in given if each[1]["enterprise"] == enterprise]


def _stop(enterprise: str) -> None:
    states: Any = boto3.client("stepfunctions")
    for arn, _ in _running(enterprise):
        states.stop_execution(executionArn=arn)
