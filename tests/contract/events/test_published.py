"""What is published is what its schema says, and holds nothing of a person but the id."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import jsonschema_rs
import pytest

from customers.domain.erasure.plan import Erasure
from customers.domain.events.published import (
    BusEvent,
    badge_changed,
    customer_corrected,
    customer_erased,
    customer_merged,
    customer_unmerged,
    customer_verified,
    erasure_escalated,
    event_recorded,
    exported,
    verification_requested,
)
from customers.domain.events.recorded import Event
from customers.domain.export import Export
from customers.domain.facts.event_order import EventOrder
from customers.domain.identifiers.phone import Phone
from customers.domain.identity.verification import Verification
from customers.domain.stats.badge_changes import BadgeChange
from customers.wire.events.published import PUBLISHED, published_schemas
from customers.wire.events.published_examples import EXAMPLES
from tests.support.tables import template

AT = datetime(2026, 6, 5, 9, 10, tzinfo=UTC)
NOTE = "Layla, +97433001122"


def recorded() -> BusEvent:
    event = Event(
        id="evt_1",
        type="check_in",
        attributes={"note": NOTE},
        customer_id="usr_1",
        branch_id="branch-1",
        occurred_at=AT,
        recorded_at=AT,
    )
    return event_recorded("acme", event)


WAITS = Erasure("era_1", "usr_1", "VERIFIED", AT, "escalated")
MADE: dict[str, BusEvent] = {
    "customer.event_recorded": recorded(),
    "customer.corrected": customer_corrected("acme", "usr_1", EventOrder(AT, "cor_1"), ["name", "phone"]),
    "customer.merged": customer_merged("acme", "usr_1", "usr_2", EventOrder(AT, "mrg_1")),
    "customer.unmerged": customer_unmerged("acme", "usr_1", "usr_2", EventOrder(AT, "umg_1")),
    "customer.exported": exported("acme", "usr_1", Export("exp_1", 7, AT, 4182, "ab" * 32)),
    "customer.verification_requested": verification_requested(
        "acme", "usr_1", Verification("ver_1", Phone("+97433001122"), AT)
    ),
    "customer.verified": customer_verified("evt_2", "acme", "usr_1", AT),
    "customer.erased": customer_erased("acme", WAITS.carried_out("anonymized", "VERIFIED", AT)),
    "customer.erasure_escalated": erasure_escalated("acme", WAITS),
    "customer.badge_changed": badge_changed("acme", "usr_1", BadgeChange("vip", None, "fact", AT.date(), 3), AT),
}


def test_every_published_type_has_a_schema_an_example_and_a_test() -> None:
    assert PUBLISHED.keys() == EXAMPLES.keys() == MADE.keys()


@pytest.mark.parametrize("kind", PUBLISHED)
def test_what_is_made_and_what_is_shown_fit_the_schema(kind: str) -> None:
    schema: dict[str, Any] = published_schemas()[kind]
    jsonschema_rs.validate(schema, dict(MADE[kind].detail))
    jsonschema_rs.validate(schema, EXAMPLES[kind])
    assert MADE[kind].type == kind


@pytest.mark.parametrize("kind", PUBLISHED)
def test_nothing_of_a_person_is_published(kind: str) -> None:
    assert NOTE not in str(MADE[kind].detail)
    assert "33001122" not in str(MADE[kind].detail)


def test_what_is_published_does_not_come_back_as_a_fact() -> None:
    from customers.domain.events.published import SOURCE

    (source,) = template()["Resources"]["FactsRule"]["Properties"]["EventPattern"]["source"]
    assert not SOURCE.startswith(source["prefix"])
