"""Facts are read strictly, and what is refused is told by its field, never by its value."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.domain.customers.profile import Flat
from customers.domain.enterprise import Settings, Thresholds
from customers.domain.facts import fact
from customers.domain.facts.entry_codec import decode, encode
from customers.domain.facts.event_order import EventOrder
from customers.domain.facts.fact import CustomerFact, EnterpriseFact
from customers.domain.identifiers.address import CustomerId, ProviderId
from customers.domain.identifiers.phone import Phone
from customers.domain.instants import sortable_instant
from customers.domain.refusals import CannotApply, NotYet, ValidationError
from customers.wire.facts.codec import MAX_CLOCK_SKEW, fact_schemas, read_fact
from customers.wire.facts.fields import MAX_FLAT_BYTES
from customers.wire.facts.incoming import Incoming
from customers.wire.facts.types import FACTS
from tests.support.facts import (
    ABOUT_CUSTOMERS,
    LAYLA,
    NOON,
    OWN_FIELDS,
    SETTINGS,
    body,
    customer_fact,
    detail,
    enterprise_fact,
    event,
)

NAME = "Layla Hassan"


def whole(text: str, now: datetime = NOON) -> fact.Fact:
    """A message, read to the end: a fact about a customer also needs its enterprise's settings."""
    read = read_fact(text, now)
    return read.fact(SETTINGS) if isinstance(read, Incoming) else read


def incoming(kind: str) -> Incoming:
    read = read_fact(body(kind), NOON)
    assert isinstance(read, Incoming)
    return read


def refused(text: str, now: datetime = NOON) -> tuple[str, str]:
    """The field and the issue for which a message can never be applied."""
    with pytest.raises((CannotApply, ValidationError)) as refusal:
        whole(text, now)
    return refusal.value.field, refusal.value.issue


def raw(kind: str, field: str, json_text: str) -> str:
    """A message in which the value of one field is this text, whether JSON has such a value or not."""
    return body(kind, **{field: "@@"}).replace('"@@"', json_text)


# ------------------------------------------------------------------------------------------- what is read


def test_every_type_of_the_contract_is_known() -> None:
    assert len(FACTS) == 21
    assert fact_schemas().keys() == FACTS.keys()


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("customer.registered", fact.Registered(NAME, None)),
        ("customer.verified", fact.Verified()),
        ("customer.disabled", fact.Disabled()),
        ("customer.enabled", fact.Enabled()),
        ("provider_id.linked", fact.ProviderIdLinked("pos-1")),
        ("purchase.completed", fact.Purchased("p-1", 1000, "QAR", "north-1")),
        ("purchase.refunded", fact.Refunded("r-1", "p-1", 1000, "QAR")),
        ("balance.topped_up", fact.BalanceMoved(1000, "QAR")),
        ("balance.spent", fact.BalanceMoved(-1000, "QAR")),
        ("balance.settled", fact.BalanceMoved(-1000, "QAR")),
        ("promo.granted", fact.PromoGranted("g-1", 1000, "QAR", None)),
        ("promo.released", fact.PromoClosed("g-1", released=True)),
        ("promo.expired", fact.PromoClosed("g-1", released=False)),
        ("preferences.updated", fact.PreferencesUpdated({"milk": "oat"})),
        ("consent.updated", fact.ConsentUpdated({"marketing": True})),
    ],
)
def test_a_customers_fact_is_news_to_the_domain(kind: str, payload: fact.CustomerPayload) -> None:
    read = customer_fact(kind, "acme", fact_id="f-1", at=NOON, **OWN_FIELDS[kind])
    assert (read.enterprise, read.type, read.order, read.about) == ("acme", kind, EventOrder(NOON, "f-1"), Phone(LAYLA))
    assert read.payload == payload
    assert read.books == "QAR"


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("enterprise.configured", fact.EnterpriseConfigured(Settings("Acme", "QAR", "QA"))),
        ("branch.registered", fact.BranchChanged("north", "north-1", active=True)),
        ("branch.disabled", fact.BranchChanged("north", "north-1", active=False)),
    ],
)
def test_an_enterprises_fact_is_news_to_the_domain(kind: str, payload: fact.EnterprisePayload) -> None:
    assert enterprise_fact(kind, fact_id="f-1") == EnterpriseFact("acme", EventOrder(NOON, "f-1"), kind, payload)


def test_thresholds_that_are_not_stated_keep_their_defaults() -> None:
    read = enterprise_fact("enterprise.configured", badge={"vip_visits_90d": 5}, erasure_policy="escalate")
    assert read.payload == fact.EnterpriseConfigured(
        Settings("Acme", "QAR", "QA", Thresholds(vip_visits_90d=5), "escalate")
    )


@pytest.mark.parametrize(
    ("about", "address"),
    [
        ({"phone": "00974 3300 1122"}, Phone(LAYLA)),
        ({"phone": "٣٣٠٠١١٢٢"}, Phone(LAYLA)),
        ({"customer_id": "usr_1"}, CustomerId("usr_1")),
        ({"provider_customer_id": " pos-1 "}, ProviderId("pos-1")),
        ({"phone": LAYLA, "customer_id": "usr_1", "provider_customer_id": "pos-1"}, Phone(LAYLA)),
        ({"customer_id": "usr_1", "provider_customer_id": "pos-1"}, CustomerId("usr_1")),
    ],
)
def test_a_customer_is_named_in_three_ways(about: dict[str, str], address: object) -> None:
    assert customer_fact("customer.verified", about=about).about == address


def test_a_fact_about_a_customer_waits_for_the_enterprise() -> None:
    with pytest.raises(NotYet, match="enterprise_id"):
        incoming("customer.verified").fact(None)


@pytest.mark.parametrize("name", ["علی‌رضا", "👩‍🍳 Ana", "Ana\u00a0Ruiz", "\u200fليلى", "X Æ A-12", "𐎀", "\u3042"])
def test_a_name_is_taken_as_people_write_it(name: str) -> None:
    assert customer_fact("customer.registered", name=f"  {name} ").payload == fact.Registered(name, None)


def test_what_is_not_known_is_left_out() -> None:
    read = customer_fact("balance.topped_up", note="call Layla", loyalty={"tier": "gold"})
    assert json.loads(encode(read.type, read.payload)) == {"amount_minor": 1000, "currency": "QAR"}


@pytest.mark.parametrize("kind", ABOUT_CUSTOMERS)
def test_the_ledger_can_tell_a_fact_again(kind: str) -> None:
    first = customer_fact(
        kind, fact_id="f-1", **({"expires_at": "2026-07-01T00:00:00.25Z"} if "granted" in kind else {})
    )
    kept = json.loads(encode(kind, first.payload))
    assert "customer" not in kept
    assert decode(kind, encode(kind, first.payload)) == first.payload


def test_the_ledger_keeps_a_preference_that_is_null() -> None:
    kept = customer_fact("preferences.updated", preferences={"milk": None})
    assert json.loads(encode(kept.type, kept.payload)) == {"preferences": {"milk": None}}


def test_no_repr_shows_a_person() -> None:
    shown = " ".join(
        repr(customer_fact(kind, about=about))
        for kind in ABOUT_CUSTOMERS
        for about in ({"phone": LAYLA}, {"provider_customer_id": "pos-1"})
    )
    # Of the phone more than four digits: fact ids are counted, and one of them may be fact-3300.
    for told in ("Layla", LAYLA[4:], "oat", "marketing", "pos-1"):
        assert told not in shown


# ------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize("text", ["", "{", "null", "[]", "7", '"fact"', "{}", '{"detail-type": "x"}', "\ud800", "\x00"])
def test_what_is_no_event_is_refused(text: str) -> None:
    assert refused(text)[0] in ("body", "detail-type", "detail")


@pytest.mark.parametrize("kind", ["", "customer.renamed", "Customer.Verified", NAME])
def test_an_unknown_type_is_refused_with_the_known_ones(kind: str) -> None:
    field, issue = refused(body("customer.verified").replace('"customer.verified"', json.dumps(kind)))
    assert field == "detail-type"
    assert issue == f"is not one of {', '.join(OWN_FIELDS)}"


REQUIRED = [
    (kind, name) for kind, model in FACTS.items() for name, field in model.model_fields.items() if field.is_required()
]


@pytest.mark.parametrize(("kind", "name"), REQUIRED)
def test_a_field_that_is_missing_is_named(kind: str, name: str) -> None:
    assert refused(body(kind, **{name: None})) == (name, "Field required")


WRONG: list[Any] = [True, 1.5, [], "", "\u0000", [[NAME]], {NAME: NAME}]


@pytest.mark.parametrize(("kind", "name"), REQUIRED)
def test_a_value_of_the_wrong_kind_is_named_and_not_quoted(kind: str, name: str) -> None:
    for wrong in WRONG:
        is_map = name in ("preferences", "consent") and isinstance(wrong, dict)
        field, issue = refused(body(kind, **{name: NAME if is_map else wrong}))
        assert field == name, wrong
        assert "Layla" not in issue, wrong


@pytest.mark.parametrize(
    "amount",
    ["1000.0", "1e3", "0.1", "true", "false", '"1000"', "null", "-1", "1000000000000001", "1e999", "NaN", "9" * 5000],
)
@pytest.mark.parametrize("kind", [kind for kind, fields in OWN_FIELDS.items() if "amount_minor" in fields])
def test_money_is_a_whole_number_of_minor_units(kind: str, amount: str) -> None:
    assert refused(raw(kind, "amount_minor", amount))[0] in ("amount_minor", "body")


def test_the_greatest_amount_is_ten_to_the_fifteenth() -> None:
    assert customer_fact("balance.topped_up", amount_minor=10**15).payload == fact.BalanceMoved(10**15, "QAR")


@pytest.mark.parametrize("currency", ["qar", "QA", "QARS", "Q R", "QAR\n", "٣٣٣", ""])
def test_a_currency_is_three_capitals(currency: str) -> None:
    assert refused(body("balance.topped_up", currency=currency))[0] == "currency"


@pytest.mark.parametrize("currency", ["QAR", "USD", "KWD", "JPY", "CLF"])
def test_the_books_are_kept_in_a_currency_of_iso_4217(currency: str) -> None:
    read = enterprise_fact("enterprise.configured", currency=currency)
    assert read.payload == fact.EnterpriseConfigured(Settings("Acme", currency, "QA"))


@pytest.mark.parametrize("currency", ["QRA", "EUS", "ZZZ", "XXX", "XTS", "XAU", "DEM"])
def test_the_books_are_kept_in_no_other_currency(currency: str) -> None:
    field, issue = refused(body("enterprise.configured", currency=currency))
    assert (field, currency in issue) == ("currency", False)
    assert "is not a currency of ISO 4217" in issue


def test_a_misspelt_currency_is_answered_with_the_nearest() -> None:
    assert refused(body("enterprise.configured", currency="QRA"))[1].endswith("did you mean QAR?")
    # Others are as near.
    assert refused(body("enterprise.configured", currency="EUS"))[1].count("did you mean") == 1


@pytest.mark.parametrize("at", ["2026-06-01T12:00:00", "2026-06-01", "12:00", "", "2026-02-30T12:00:00Z"])
def test_a_time_without_a_zone_or_that_does_not_exist_is_refused(at: str) -> None:
    field, issue = refused(body("customer.verified", occurred_at=at))
    assert field == "occurred_at"
    assert "RFC 3339" in issue or "is not a valid date" in issue


def test_a_fact_of_the_future_is_refused_beyond_a_clock_that_runs_ahead() -> None:
    ahead = NOON + MAX_CLOCK_SKEW
    assert read_fact(body("customer.verified", at=ahead), NOON).enterprise == "acme"
    beyond = ahead + timedelta(microseconds=1)
    assert refused(body("customer.verified", at=beyond)) == ("occurred_at", "is before 1970 or in the future")


def test_a_fact_from_before_1970_is_refused() -> None:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert read_fact(body("customer.verified", at=epoch), NOON).enterprise == "acme"
    assert refused(body("customer.verified", at=epoch - timedelta(microseconds=1)))[0] == "occurred_at"


@pytest.mark.parametrize("enterprise", ["", "a#b", "a b", "a/b", "x" * 65, "أكمي", "acme\n"])
def test_an_enterprise_id_holds_nothing_that_a_key_is_divided_by(enterprise: str) -> None:
    assert refused(body("customer.verified", enterprise))[0] == "enterprise_id"


@pytest.mark.parametrize("customer_id", ["", "usr#1", "usr 1", "x" * 65])
def test_a_customer_id_holds_nothing_that_a_key_is_divided_by(customer_id: str) -> None:
    assert refused(body("customer.verified", about={"customer_id": customer_id}))[0] == "customer.customer_id"


@pytest.mark.parametrize("fact_id", ["", "a b", "x" * 129, "\u00e9", "a\n"])
def test_a_fact_id_is_visible_ascii(fact_id: str) -> None:
    assert refused(body("customer.verified", fact_id=fact_id))[0] == "fact_id"


@pytest.mark.parametrize(
    "phone", ["", "abc", "\u202a+97433001122", "9" * 40, "+974 3300 1122 ext 5", " " * 65, "++974"]
)
def test_a_phone_that_is_none_is_named(phone: str) -> None:
    field, issue = refused(body("customer.verified", about={"phone": phone}))
    assert field == "customer.phone"
    assert phone.strip() == "" or phone not in issue


def test_a_fact_about_nobody_is_refused() -> None:
    assert refused(body("customer.verified", about={}))[0] == "customer"


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "a\x07b", "a\u2028b", "x" * 201])
def test_a_name_is_one_line(name: str) -> None:
    assert refused(body("customer.registered", name=name))[0] == "name"


BLANK_NAMES = ["\u200f", "\u200b\u2060", "\u3164", "\uffa0\u115f", "\u2800", "\u0301", "\ufe0f", "\u00ad", "\U000e0041"]


@pytest.mark.parametrize("name", BLANK_NAMES)
def test_a_name_can_be_seen(name: str) -> None:
    for kind in ("customer.registered", "enterprise.configured"):
        assert refused(body(kind, name=name)) == ("name", "must hold a character that can be seen")


@pytest.mark.parametrize("provider_id", ["", " ", "a\nb", "a\u200bb", "x" * 129, "é" * 65])
def test_a_provider_id_is_printable(provider_id: str) -> None:
    assert refused(body("provider_id.linked", provider_customer_id=provider_id))[0] == "provider_customer_id"


@pytest.mark.parametrize(
    "flat", ['{"a": {"b": 1}}', '{"a": [1]}', "[]", '"a"', '{"a": NaN}', '{"a": -Infinity}', '{"a": 1e999}']
)
@pytest.mark.parametrize(("kind", "field"), [("preferences.updated", "preferences"), ("consent.updated", "consent")])
def test_preferences_and_consent_are_flat(kind: str, field: str, flat: str) -> None:
    assert refused(raw(kind, field, flat))[0] in (field, "body")


def test_preferences_hold_four_kibibytes_and_no_more() -> None:
    fits: Flat = {"note": "x" * (MAX_FLAT_BYTES - len('{"note": ""}'))}
    assert customer_fact("preferences.updated", preferences=fits).payload == fact.PreferencesUpdated(fits)
    field, issue = refused(body("preferences.updated", preferences={"note": f"{fits['note']}x"}))
    assert (field, str(MAX_FLAT_BYTES) in issue) == ("preferences", True)


@pytest.mark.parametrize("value", ['"yes"', "1", "0", "null", "1.0", '""', "[]"])
def test_consent_is_true_or_false(value: str) -> None:
    assert refused(raw("consent.updated", "consent", f'{{"marketing": {value}}}'))[0] == "consent"


@pytest.mark.parametrize("given", [True, False])
def test_consent_that_is_worded_as_a_refusal_is_refused_with_the_positive_form(given: bool) -> None:
    field, issue = refused(body("consent.updated", consent={"marketing": True, "do_not_contact": given}))
    assert field == "consent"
    assert "e.g. contact: true if it is allowed, false if it is refused" in issue


def test_what_lies_inside_a_flat_object_is_not_named() -> None:
    field, issue = refused(body("preferences.updated", preferences={NAME: {LAYLA: NAME}}))
    assert field == "preferences"
    assert "Layla" not in issue


@pytest.mark.parametrize("region", ["qa", "QAT", "", "Q1"])
def test_a_home_region_is_two_capitals(region: str) -> None:
    assert refused(body("enterprise.configured", home_region=region))[0] == "home_region"


@pytest.mark.parametrize("badge", [{"vip_visits_90d": 0}, {"regular_visits": -1}, {"vip_visits_90d": True}])
def test_a_threshold_of_nothing_is_refused_by_its_name(badge: dict[str, int]) -> None:
    assert refused(body("enterprise.configured", badge=badge))[0] == f"badge.{next(iter(badge))}"


def test_an_erasure_policy_is_one_of_two() -> None:
    assert refused(body("enterprise.configured", erasure_policy="forget"))[0] == "erasure_policy"


# ---------------------------------------------------------------------------------------------- hostile JSON


def test_of_a_repeated_name_the_last_counts_once() -> None:
    said = body("balance.topped_up").replace('"amount_minor": 1000', '"amount_minor": 5, "amount_minor": 7')
    read = whole(said)
    assert isinstance(read, CustomerFact)
    assert read.payload == fact.BalanceMoved(7, "QAR")
    assert json.loads(encode(read.type, read.payload))["amount_minor"] == 7


@pytest.mark.parametrize(
    "value",
    [
        "[" * 100_000,
        "[" * 500 + "]" * 500,
        '{"a":' * 100_000,
        "NaN",
        "Infinity",
        "-1e999",
        "9" * 5000,
        "1" + "0" * 4299 + ".5",
        '"\\ud800"',
        '"\\udc00\\ud800"',
        '"\\u0000"',
        '"unended',
        "undefined",
        "'single'",
        "0x10",
        "01",
        "{,}",
        "// comment",
    ],
)
@pytest.mark.parametrize("kind", ["customer.registered", "balance.topped_up", "preferences.updated"])
def test_hostile_json_is_refused_or_left_out(kind: str, value: str) -> None:
    own = next(iter(OWN_FIELDS[kind]))
    assert refused(raw(kind, own, value))[0] in (own, "body")
    # In a field that nobody reads it either breaks the document or does no harm.
    said = raw(kind, "unknown", value)
    try:
        read = whole(said)
    except CannotApply as refusal:
        broken = refusal.field
    else:
        assert isinstance(read, CustomerFact)
        broken = "body" if "unknown" in encode(read.type, read.payload) else ""
    assert broken in ("", "body")
    assert (broken == "") == (value in ("NaN", "Infinity", "-1e999", '"\\u0000"', "1" + "0" * 4299 + ".5"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(NAME) | st.just(LAYLA),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | st.just(NAME), inner, max_size=3),
    max_leaves=6,
)


def reads_or_refuses(text: str) -> None:
    """Nothing else may come of it, and no refusal may quote it."""
    try:
        whole(text)
    except (CannotApply, ValidationError) as refusal:
        told = str(refusal).replace("e.g. +97433001122", "")
        assert NAME not in told
        assert LAYLA not in told
        assert len(told) < 600


@given(
    st.sampled_from(ABOUT_CUSTOMERS),
    st.dictionaries(
        st.sampled_from(
            [
                "fact_id",
                "occurred_at",
                "customer",
                "name",
                "amount_minor",
                "currency",
                "preferences",
                "consent",
                "grant_id",
                "member_since",
                "expires_at",
            ]
        ),
        JSON,
    ),
)
def test_any_json_in_any_field_is_read_or_refused(kind: str, fields: dict[str, Any]) -> None:
    reads_or_refuses(event(kind, {**detail(kind), **fields}))


@given(JSON)
def test_any_json_is_read_or_refused(value: Any) -> None:
    reads_or_refuses(json.dumps(value))
    reads_or_refuses(event("customer.registered", value))


@given(st.text(max_size=60), st.data())
def test_a_damaged_message_is_read_or_refused(inserted: str, data: st.DataObject) -> None:
    text = body("customer.registered", fact_id="f-1")
    at = data.draw(st.integers(0, len(text)))
    reads_or_refuses(text[:at] + inserted + text[data.draw(st.integers(at, len(text))) :])


@pytest.mark.parametrize("write", [sortable_instant, lambda at: at.astimezone().isoformat()])
def test_an_offset_changes_no_stamp(write: Callable[[datetime], str]) -> None:
    assert customer_fact("customer.verified", occurred_at=write(NOON)).order.occurred_at == NOON
