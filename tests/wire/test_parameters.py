"""A parameter is sent once, or the caller is told which one was not."""

from __future__ import annotations

import jsonschema_rs
import pytest

from customers.domain.enterprise import Settings
from customers.domain.identifiers.address import ProviderId
from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import ValidationError
from customers.wire.customers.lookup import LOOKUP_PARAMETERS, LookupQuery
from customers.wire.http.paging import limit_of, read_limit
from customers.wire.http.request import Request
from customers.wire.identifiers.address import MAX_PROVIDER_ID

SETTINGS = Settings("Acme", "QAR", "QA")
LAYLA = "+97433001122"


def read(**values: str | list[str]) -> LookupQuery:
    sent = {name: [value] if isinstance(value, str) else value for name, value in values.items()}
    return LookupQuery.read(Request(sent), SETTINGS)


def refused(**values: str | list[str]) -> str:
    with pytest.raises(ValidationError) as refusal:
        read(**values)
    return refusal.value.field


@pytest.mark.parametrize("values", [None, {}, {"phone": []}, {"other": ["x"]}])
def test_what_was_not_sent_is_none(values: dict[str, list[str]] | None) -> None:
    assert Request(values).one("phone") is None


def test_an_empty_value_was_sent() -> None:
    assert Request({"phone": [""]}).one("phone") == ""


@pytest.mark.parametrize("name", ["phone", "provider_customer_id", "include"])
def test_a_parameter_that_is_sent_twice_is_named(name: str) -> None:
    sent = {"phone": [LAYLA], "provider_customer_id": ["pos-1"], "include": ["preferences"]}
    assert refused(**{**sent, name: [*sent[name], *sent[name]]}) == name


def test_a_lookup_needs_one_of_the_two() -> None:
    assert refused() == "phone"
    assert refused(include="preferences") == "phone"


def test_the_phone_is_authoritative() -> None:
    assert read(phone="00974 3300 1122", provider_customer_id="pos-1").address == Phone(LAYLA)
    assert read(phone=LAYLA, provider_customer_id="").address == Phone(LAYLA)
    assert refused(phone="", provider_customer_id="pos-1") == "phone"


def test_a_national_phone_is_of_the_home_region() -> None:
    assert read(phone="٣٣٠٠ ١١٢٢").address == Phone(LAYLA)


def test_a_provider_id_is_trimmed_as_the_fact_that_linked_it_was() -> None:
    assert read(provider_customer_id=" pos 1 ").address == ProviderId("pos 1")
    assert read(provider_customer_id="x" * 128).address == ProviderId("x" * 128)


@pytest.mark.parametrize("provider_id", ["", "   ", "a\nb", "a\u200bb", "x" * 129])
def test_a_provider_id_that_no_fact_could_link_is_refused(provider_id: str) -> None:
    assert refused(provider_customer_id=provider_id) == "provider_customer_id"


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("preferences", {"preferences"}),
        ("badge_reason", {"badge_reason"}),
        ("badge_reason,preferences", {"badge_reason", "preferences"}),
        ("preferences,badge_reason", {"badge_reason", "preferences"}),
    ],
)
def test_reads_to_fold_in_are_named_in_any_order(text: str, chosen: set[str]) -> None:
    assert read(phone=LAYLA, include=text).include == chosen
    assert read(phone=LAYLA).include == set()


@pytest.mark.parametrize("text", ["", ",", "consent", "preferences,", "preferences,preferences", "Preferences"])
def test_an_include_that_is_not_known_is_refused(text: str) -> None:
    assert refused(phone=LAYLA, include=text) == "include"


@pytest.mark.parametrize("length", [0, 1, MAX_PROVIDER_ID, MAX_PROVIDER_ID + 1])
def test_a_provider_id_is_as_long_as_its_schema_says(length: int) -> None:
    (schema,) = (dict(each.schema) for each in LOOKUP_PARAMETERS if each.name == "provider_customer_id" and each.schema)
    fits = 1 <= length <= MAX_PROVIDER_ID
    assert jsonschema_rs.is_valid(schema, "x" * length) is fits
    if fits:
        assert read(provider_customer_id="x" * length).address == ProviderId("x" * length)
    else:
        assert refused(provider_customer_id="x" * length) == "provider_customer_id"


@pytest.mark.parametrize(("text", "fits"), [("0", False), ("1", True), ("50", True), ("51", False)])
def test_a_limit_is_what_its_schema_says(text: str, fits: bool) -> None:
    schema = dict(limit_of("Customers").schema or {})
    assert jsonschema_rs.is_valid(schema, int(text)) is fits
    assert read_limit(None) == schema["default"]
    if fits:
        assert read_limit(text) == int(text)
    else:
        with pytest.raises(ValidationError):
            read_limit(text)
