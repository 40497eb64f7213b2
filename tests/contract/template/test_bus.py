"""The bus: which events go where, by the events that are published and the facts that are taken."""

from __future__ import annotations

from typing import Any

import pytest

from customers.domain.events.published import SOURCE
from customers.domain.facts.fact_types import FACT_TYPES
from customers.edge.http.capabilities import RETENTION_DAYS
from customers.wire.events.published import PUBLISHED
from customers.wire.facts.types import FACTS
from tests.support.template.deployed import functions, policies, properties

RULES = {name: each for name, each in properties("AWS::Events::Rule").items() if "EventPattern" in each}
OWN = {
    "customer.verification_requested": "VerificationsQueue.Arn",
    "customer.erased": "ErasuresQueue.Arn",
    "customer.erasure_escalated": "ErasuresQueue.Arn",
}
"""Where our own events go that have something done."""
OTHERS = ["partner.pos", "partner.tests", "partner."]
STRANGERS = ["partner", "aws.ec2", "xpartner.pos", "customers2"]


def _matches(wanted: Any, said: str) -> bool:
    """The part of EventBridge's patterns that ours use: a text, how it begins, or whether there is one."""
    if isinstance(wanted, dict):
        ((how, what),) = wanted.items()
        assert how in ("prefix", "anything-but", "exists")
        if how == "exists":
            return bool(said) is what
        return bool(said.startswith(what) if how == "prefix" else said not in what)
    return bool(wanted == said)


def led_to(source: str, kind: str, replay: str = "") -> list[str]:
    """Where an event goes. One that a replay repeats has the replay's name."""
    found = []
    for rule in RULES.values():
        pattern = rule["EventPattern"]
        assert set(pattern) <= {"source", "detail-type", "replay-name"}
        told = {"source": source, "detail-type": kind, "replay-name": replay}
        if all(any(_matches(each, told[name]) for each in wanted) for name, wanted in pattern.items()):
            found += [target["Arn"] for target in rule["Targets"]]
    return found


@pytest.mark.parametrize("kind", PUBLISHED)
def test_what_we_publish_has_done_what_it_tells_of_and_nothing_else(kind: str) -> None:
    assert led_to(SOURCE, kind) == ([OWN[kind]] if kind in OWN else [])


def test_what_has_something_done_is_published() -> None:
    assert set(OWN) <= set(PUBLISHED)


@pytest.mark.parametrize("kind", [*FACTS, "of.no.known.type", *OWN])
def test_every_fact_of_others_is_taken_and_what_is_unknown_refused_there(kind: str) -> None:
    for source in OTHERS:
        # What concerns no customer waits behind no sale.
        of_registry = kind in FACT_TYPES and FACT_TYPES[kind].concerns != "customer"
        assert led_to(source, kind) == ["RegistryFactsQueue.Arn" if of_registry else "FactsQueue.Arn"]
        # What is replayed is behind no live fact, and no live fact behind it.
        repeated = led_to(source, kind, "restore-1")
        assert repeated == ["RegistryFactsQueue.Arn" if of_registry else "BulkFactsQueue.Arn"]
    for source in STRANGERS:
        assert led_to(source, kind) == led_to(source, kind, "restore-1") == []


@pytest.mark.parametrize("name", RULES)
def test_what_cannot_be_delivered_is_kept(name: str) -> None:
    rule = RULES[name]
    (target,) = rule["Targets"]
    queue = target["Arn"].removeprefix("Registry").removeprefix("Bulk")
    assert target["DeadLetterConfig"] == {"Arn": f"Dead{queue}"}
    assert "RetryPolicy" not in target
    assert rule["EventBusName"] == "FactsBus"
    assert "State" not in rule


def test_no_event_starts_a_workflow_by_itself() -> None:
    """What it says would stay in the workflow's history. The queue's consumer checks the ids."""
    for name, rule in RULES.items():
        (target,) = rule["Targets"]
        assert target["Arn"].endswith("Queue.Arn"), name
        assert set(target) == {"Id", "Arn", "DeadLetterConfig"}


def test_there_is_one_bus_of_this_stack_alone() -> None:
    assert properties("AWS::Events::EventBus") == {"FactsBus": {"Name": "AWS::StackName-bus"}}


def test_only_the_publisher_puts_events_of_our_own_on_the_bus() -> None:
    (policy,) = properties("AWS::Events::EventBusPolicy").values()
    assert policy["EventBusName"] == "FactsBus"
    publishers = [
        f"{name}Role.Arn"
        for name in functions()
        if any("events:PutEvents" in str(each["Action"]) for each in policies(f"{name}Role"))
    ]
    assert sorted(publishers) == ["PublishAgainFunctionRole.Arn", "PublishOutboxFunctionRole.Arn"]
    statement = policy["Statement"]
    assert {name: statement[name] for name in ("Effect", "Principal", "Action", "Resource")} == {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "events:PutEvents",
        "Resource": "FactsBus.Arn",
    }
    condition = statement["Condition"]
    assert condition["ForAnyValue:StringEquals"] == {"events:source": SOURCE}
    assert sorted(condition["ArnNotEquals"]["aws:PrincipalArn"]) == sorted(publishers)
    assert set(condition) == {"ForAnyValue:StringEquals", "ArnNotEquals"}


def test_facts_of_others_are_archived_once_and_only_where_an_operator_lets_them() -> None:
    """Our own events are not: a replay of them would start what has been done. Nor what a replay repeats."""
    (archive,) = properties("AWS::Events::Archive").values()
    assert archive["SourceArn"] == "FactsBus.Arn"
    assert archive["EventPattern"] == {"source": [{"prefix": "partner."}], "replay-name": [{"exists": False}]}
    assert archive["RetentionDays"] == RETENTION_DAYS["facts_waiting"]
    assert not properties("AWS::Events::Archive", ArchiveDays="0")
    assert not properties("AWS::Events::Archive", IsLocal="true")
