"""An operation whose end is announced says so in every answer, in the document and in the capabilities."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from customers.catalogue.every import OPERATIONS
from customers.catalogue.operation import Deprecation
from customers.catalogue.till.lookup import LOOKUP
from customers.domain.refusals import ValidationError
from customers.edge.http import capabilities
from customers.edge.http.answer import Answer
from customers.edge.http.openapi.document import openapi
from customers.edge.http.serve import handler_of

ENDING = replace(LOOKUP, deprecated=Deprecation(date(2027, 1, 1), date(2027, 7, 1), "Use POST /identify."), callers=())
EVENT = {"requestContext": {"requestId": "req-1", "authorizer": {}}}


def refused(_event: object) -> Answer:
    raise ValidationError("phone", "is wrong")


def test_every_answer_has_both_headers() -> None:
    for answer in (lambda _event: Answer({}), refused):
        headers = handler_of(ENDING, answer)(EVENT, None)["headers"]
        assert headers["Deprecation"] == "@1798761600"
        assert headers["Sunset"] == "Thu, 01 Jul 2027 00:00:00 GMT"
    assert "Deprecation" not in handler_of(LOOKUP, lambda _event: Answer({}))(EVENT, None)["headers"]


def test_the_document_marks_it() -> None:
    item = openapi([ENDING])["paths"]["/customers/lookup"]["get"]
    assert item["deprecated"] is True
    assert item["x-sunset"] == "2027-07-01"
    assert "It answers until 2027-07-01. Use POST /identify." in item["description"]
    assert "deprecated" not in openapi([LOOKUP])["paths"]["/customers/lookup"]["get"]


def test_the_capabilities_have_both_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capabilities, "OPERATIONS", (ENDING,))
    (shown,) = capabilities.capabilities({}, {}, [])["operations"]
    assert (shown["deprecated_since"], shown["sunset"]) == ("2027-01-01", "2027-07-01")
    assert json.dumps(shown)


def test_an_end_is_announced_half_a_year_before_and_with_a_way_out() -> None:
    for operation in OPERATIONS:
        if operation.deprecated:
            assert operation.deprecated.sunset - operation.deprecated.since >= timedelta(days=180)
            assert operation.deprecated.instead
