"""Producers are bound to sources, and sources to enterprises: `SourceEnterprises`."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from customers.domain.facts.fact import EnterpriseFact
from customers.domain.refusals import CannotApply
from customers.wire.facts.codec import read_fact
from customers.wire.facts.incoming import Incoming
from customers.wire.facts.sources import speakers
from tests.support.facts import ABOUT_CUSTOMERS, NOON, body


def encoded(document: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


BOUND = encoded({"partner.till": ["acme", "globex"], "partner.erp": "*", "partner.old": []})


@pytest.mark.parametrize(
    ("source", "enterprise", "may"),
    [
        ("partner.till", "acme", True),
        ("partner.till", "globex", True),
        ("partner.till", "initech", False),
        ("partner.till", "*", False),
        ("partner.erp", "initech", True),
        ("partner.old", "acme", False),
        ("partner.unknown", "acme", False),
        ("partner.Till", "acme", False),
        # The operator put it into the queue: the bus has no event without a source.
        (None, "acme", True),
    ],
)
def test_a_source_speaks_for_its_own_enterprises_only(source: str | None, enterprise: str, may: bool) -> None:
    assert speakers(BOUND)(source, enterprise) is may
    assert speakers("")(source, enterprise)


@pytest.mark.parametrize(
    "document", [[], "x", {"till": ["acme"]}, {"partner.till": "acme"}, {"partner.till": [1]}, {"partner.till": None}]
)
def test_what_does_not_bind_sources_is_not_taken(document: object) -> None:
    with pytest.raises(ValueError, match=r"enterprises|source"):
        speakers(encoded(document))


def test_what_is_no_json_is_not_taken() -> None:
    with pytest.raises(ValueError, match=r".*"):
        speakers("!!!")


@pytest.mark.parametrize("kind", [ABOUT_CUSTOMERS[0], "enterprise.configured", "access.revoked"])
def test_a_fact_of_an_enterprise_that_its_source_is_not_bound_to_is_refused(kind: str) -> None:
    told: dict[str, Any] = json.loads(body(kind))

    def read(source: str) -> EnterpriseFact | Incoming:
        return read_fact(json.dumps({**told, "source": source}), NOON, speakers(BOUND))

    assert read("partner.till").enterprise == "acme"
    for source in ("partner.old", "partner.unknown"):
        with pytest.raises(CannotApply) as refusal:
            read(source)
        assert refusal.value.field == "source"
