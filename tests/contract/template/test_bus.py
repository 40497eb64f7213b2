"""The bus: which events go where, by the events that are published and the facts that are taken."""

from __future__ import annotations

from typing import Any

import pytest

from customers.domain.events.published import SOURCE
from customers.domain.facts.fact_types import FACT_TYPES
from customers.wire.events.published import PUBLISHED
from customers.wire.facts.types import FACTS
from tests.support.template.deployed import functions, policies, properties

RULES = properties("AWS::Events::Rule")
OWN = {
    "customer.merged": "MergesQueue.Arn",
    "customer.verification_requested": "VerificationsQueue.Arn",
    "customer.erased": "ErasuresQueue.Arn",
    "customer.erasure_escalated": "ErasuresQueue.Arn",
}
"""Where our own events go that have something done."""
OTHERS = ["partner.pos", "partner.tests", "partner."]
STRANGERS = ["partner", "aws.ec2", "xpartner.pos", "customers2"]


def _matches(wanted: Any, said: str) -> bool:
    """The part of EventBridge's patterns that ours use: a text, or how it begins."""
    if isinstance(wanted, dict):
        ((how, what),) = wanted.items()
        assert how in ("prefix", "anything-but")
        return said.startswith(what) if how == "prefix" else said not in what
    return bool(wanted == said)


def led_to(source: str, kind: str) -> list[str]:
    """Where an event goes."""
    found = []
    for rule in RULES.values():
        pattern = rule["EventPattern"]
        assert set(pattern) <= {"source", "detail-type"}
        told = {"source": source, "detail-type": kind}
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
    for source in STRANGERS:
        assert led_to(source, kind) == []


@pytest.mark.parametrize("name", RULES)
def test_what_cannot_be_delivered_is_kept(name: str) -> None:
    rule = RULES[name]
    (target,) = rule["Targets"]
    assert target["DeadLetterConfig"] == {"Arn": f"Dead{target['Arn'].removeprefix('Registry')}"}
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
