"""What tills read of an event's type is what the system reads of it."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest

from customers.domain.enterprise import Settings
from customers.domain.events.recorded import EVENT_TYPES, MAX_AHEAD
from customers.domain.idempotency import KEPT
from customers.domain.sessions import SESSION_LIFETIME
from customers.edge.http.capabilities import LIMITS, RETENTION_DAYS, capabilities
from customers.wire.events.published import published_schemas
from customers.wire.events.record_event import EventRequest
from customers.wire.events.schemas import event_schemas
from customers.wire.facts.codec import fact_schemas
from customers.wire.http.request import Request
from tests.support.http.document import DOCUMENT

SCHEMAS = event_schemas()


def _read(body: dict[str, Any]) -> EventRequest:
    request = Request(None, {"customer": "+97433001122"}, {}, json.dumps(body).encode())
    return EventRequest.read(request, Settings("Acme", "QAR", "QA"))


def test_every_type_has_its_schema() -> None:
    assert set(SCHEMAS) == set(EVENT_TYPES)
    assert len({schema["description"] for schema in SCHEMAS.values()}) == len(SCHEMAS)
    for schema in SCHEMAS.values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_the_example_of_a_type_is_read_and_fits_its_schema_and_no_other(kind: str) -> None:
    (example,) = SCHEMAS[kind]["examples"]
    assert _read(example).entry.type == kind
    assert [each for each in EVENT_TYPES if jsonschema_rs.is_valid(SCHEMAS[each], example)] == [kind]


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_the_example_of_a_type_has_every_attribute_that_is_known_of_it(kind: str) -> None:
    attributes = SCHEMAS[kind]["properties"]["attributes"]["anyOf"][0]
    (example,) = SCHEMAS[kind]["examples"]
    assert set(attributes["properties"]) <= set(example["attributes"])
    assert attributes["additionalProperties"] is True
    fields = [*attributes["properties"].values(), *SCHEMAS[kind]["properties"].values()]
    assert all("description" in field or "anyOf" in field for field in fields)


def test_capabilities_have_facts_and_events_side_by_side() -> None:
    assert not set(SCHEMAS) & set(fact_schemas())
    told = capabilities({**fact_schemas(), **SCHEMAS}, published_schemas(), [])
    assert {"check_in", "purchase.completed"} <= set(told["event_types"])
    assert told["published_types"] == published_schemas()


def test_what_is_published_knows_the_same_types() -> None:
    published = published_schemas()["customer.event_recorded"]["properties"]["event_type"]
    assert tuple(published["enum"]) == EVENT_TYPES


def test_a_body_is_drawn_with_the_types_that_it_is_read_with() -> None:
    """A generated client offers them, and no other."""
    schemas = DOCUMENT["components"]["schemas"]
    assert schemas["EventBody"]["properties"]["event_type"]["$ref"] == "#/components/schemas/EventType"
    assert schemas["EventType"]["enum"] == list(EVENT_TYPES)


def test_the_limits_that_are_published_are_those_that_hold() -> None:
    assert LIMITS["event_seconds_ahead"] == MAX_AHEAD.total_seconds()
    assert RETENTION_DAYS["answers_by_idempotency_key"] * 86_400 == KEPT.total_seconds() >= 86_400
    assert LIMITS["session_seconds"] == SESSION_LIFETIME.total_seconds()
    assert RETENTION_DAYS["sessions"] * 86_400 >= SESSION_LIFETIME.total_seconds()


def test_a_session_of_as_many_events_as_it_takes_can_be_identified() -> None:
    """In a transaction of a hundred items: two for each event, and receipt, customer, session and its entry."""
    assert LIMITS["session_events"] * 2 + 4 <= 100
