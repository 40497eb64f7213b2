"""After the sweep no refused fact names the person, except for the books, and then by the id alone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.domain.identifiers.address import CustomerId
from customers.domain.identifiers.phone import Phone
from customers.domain.identifiers.pseudonym import named
from customers.domain.refusals import Conflict
from customers.store.aws.signing import SigningKey
from tests.support.books import SECRET, Books, interrupting
from tests.support.crashes import WRITE, once
from tests.support.erasure.sweeping import (
    Planted,
    Workflow,
    erase,
    plant,
    scanned,
)
from tests.support.facts import LATER, NOON, body
from tests.support.identity.correcting import correct
from tests.support.refused import REFUSED_FACTS, bodies, clear, refuse

pytestmark = pytest.mark.slow

MINUTE = timedelta(minutes=1)
NEW_PHONE, NEWER_PHONE = "+97455441100", "+97455441101"


def leading(client: DynamoDBClient, enterprise: str) -> list[str]:
    """The pseudonyms of the addresses by which refused facts are found, once for each fact."""
    rows = [row for row in scanned(client, REFUSED_FACTS) if "held" in row]
    return sorted(row["pk"]["S"].removeprefix(f"{enterprise}#named#") for row in rows)


def test_refused_facts_of_them_go_or_name_them_by_id_and_others_stay(
    tables: DynamoDBClient, known: Books, person: Planted, workflow: Workflow
) -> None:
    customer_id, enterprise = plant(known, person), known.enterprise
    refused = {
        "name": body("customer.registered", enterprise, about=person.phone, name=person.name),
        "money": body("purchase.completed", enterprise, about={"provider_customer_id": "pos-zq-77"}, currency="XXX"),
        "id": body("customer.registered", enterprise, about={"customer_id": customer_id}, name=person.name),
        "other": body("customer.registered", enterprise, about="+97466005566", name="Omar"),
        "since": body("customer.registered", enterprise, about=person.phone, at=LATER, name="Who came next"),
    }
    assert refuse(tables, *refused.values()) == ["listed"] * 5
    erasure = erase(tables, enterprise, customer_id)
    workflow.run(enterprise, erasure)
    texts = set(bodies(tables, known.enterprise))
    assert texts >= {refused["other"], refused["since"]}
    (rewritten,) = texts - set(refused.values())
    assert len(texts) == 3
    assert json.loads(rewritten)["detail"]["customer"] == {"customer_id": customer_id}
    others = (Phone("+97466005566"), Phone(person.phone))
    assert leading(tables, enterprise) == sorted(
        named(SECRET, enterprise, each) for each in (*others, CustomerId(customer_id))
    )
    # It goes too if the books do: a restore may bring the person of before the first purchase back.
    harder = replace(workflow.jobs.read(enterprise, erasure), outcome="hard_deleted")
    assert [*workflow.refused_facts.pages(harder)]
    assert set(bodies(tables, enterprise)) == {refused["other"], refused["since"]}
    assert leading(tables, enterprise) == sorted(named(SECRET, enterprise, each) for each in others)


@pytest.mark.parametrize("verified", [True, False], ids=["rewritten", "removed"])
def test_a_refused_fact_that_is_gone_meanwhile_is_neither_brought_back_nor_counted(
    tables: DynamoDBClient, known: Books, person: Planted, workflow: Workflow, key: SigningKey, *, verified: bool
) -> None:
    """Somebody has sent it again."""
    customer_id, enterprise = plant(known, person, verified=verified), known.enterprise
    refuse(tables, body("purchase.completed", enterprise, about=person.phone, currency="XXX"))
    job = workflow.jobs.read(enterprise, erase(tables, enterprise, customer_id))
    # The first of its transactions is that of the marks.
    slow = Workflow(interrupting(WRITE, once(lambda: clear(tables), 2)), key)
    with pytest.raises(Conflict):
        [*slow.refused_facts.pages(job)]
    assert bodies(tables, enterprise) == leading(tables, enterprise) == []
    assert [*workflow.refused_facts.pages(job)] == []


def test_a_refused_fact_that_says_no_instant_is_of_whoever_ever_had_the_phone(
    tables: DynamoDBClient, known: Books, person: Planted, workflow: Workflow
) -> None:
    enterprise = known.enterprise
    known.post("customer.registered", about=person.phone, name="Who had it before", at=NOON - 2 * MINUTE)
    erase(tables, enterprise, known.customer(person.phone).customer_id, NOON - MINUTE)
    customer_id = plant(known, person)
    for phone, name in ((person.phone, person.name), ("+97466005566", "Omar")):
        refuse(tables, body("customer.registered", enterprise, about=phone, name=name, occurred_at=None))
    workflow.run(enterprise, erase(tables, enterprise, customer_id))
    (held,) = bodies(tables, known.enterprise)
    assert "Omar" in held


def test_a_producers_fast_clock_keeps_no_refused_fact_from_the_sweep(
    tables: DynamoDBClient, known: Books, person: Planted, workflow: Workflow
) -> None:
    """It says that it happened after the erasure, and it was refused before."""
    customer_id, enterprise = plant(known, person), known.enterprise
    ahead = LATER + timedelta(days=400)
    refuse(tables, body("customer.registered", enterprise, about=person.phone, name=person.name, at=ahead), at=NOON)
    workflow.run(enterprise, erase(tables, enterprise, customer_id))
    assert bodies(tables, known.enterprise) == []


def test_a_refused_fact_that_names_a_phone_of_before_a_correction_goes_too(
    tables: DynamoDBClient, known: Books, person: Planted, workflow: Workflow
) -> None:
    customer_id, enterprise = plant(known, person), known.enterprise
    correct(known, customer_id, NEW_PHONE, at=NOON + MINUTE)
    correct(known, customer_id, NEWER_PHONE, at=NOON + 2 * MINUTE)
    for phone in (person.phone, NEW_PHONE, NEWER_PHONE):
        refuse(tables, body("customer.registered", enterprise, about=phone, name=person.name, at=NOON))
    assert len(bodies(tables, known.enterprise)) == 3
    workflow.run(enterprise, erase(tables, enterprise, customer_id))
    assert bodies(tables, known.enterprise) == []
