"""Every type of fact has all that a type needs. What is missing has a test that names it, and the type.

`docs/add-a-fact-type.md` lists the files in their order.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from customers.domain.customers.profile import Profile
from customers.domain.erasure.plan import disposition
from customers.domain.erasure.scrub import is_of_books, is_personal, scrubbed
from customers.domain.facts.account import Account
from customers.domain.facts.entry_codec import decode, encode
from customers.domain.facts.event_order import EventOrder
from customers.domain.facts.fact import (
    Corrected,
    CustomerFact,
    CustomerPayload,
    EnterpriseFact,
    EnterprisePayload,
    LedgerEntry,
    Merged,
    ProviderIdLinked,
)
from customers.domain.facts.fact_type import FactType
from customers.domain.facts.fact_types import FACT_TYPES, is_history, is_money, is_state, record_of
from customers.domain.facts.parts.unmerged import Unmerged
from customers.domain.facts.projection import fold
from customers.domain.identifiers.phone import Phone
from customers.domain.replay import replay
from customers.store.erasure.preview_counts import kind_of
from customers.store.records.ledger_rows import entry_row, is_folded, ledger_entry_of
from customers.wire.facts.codec import fact_schemas, read_fact
from customers.wire.facts.detail import CustomerDetail, EnterpriseDetail, FactDetail
from customers.wire.facts.examples import EXAMPLES
from customers.wire.facts.incoming import Incoming
from customers.wire.facts.types import FACTS
from tests.support.facts import OWN_FIELDS, SETTINGS
from tests.support.tables import ROOT

NOW = datetime(2026, 11, 1, tzinfo=UTC)
SENT = [each for each in FACT_TYPES.values() if not each.own]
ABOUT_CUSTOMERS = [each for each in FACT_TYPES.values() if each.concerns == "customer"]
OWN: dict[str, CustomerPayload] = {
    "customer.corrected": Corrected("Layla Hassan", Phone("+97433001122")),
    "customer.merged": Merged("usr_2"),
    "customer.unmerged": Unmerged("usr_2", ("sms",), True),
}
"""An example of each type that only this system writes."""
BLANK = Account(Profile("usr_1", Phone("+97433001122"), "QAR"))


def read_example(described: FactType) -> CustomerFact | EnterpriseFact:
    read = read_fact(json.dumps({"detail-type": described.name, "detail": EXAMPLES[described.name]}), NOW)
    return read.fact(SETTINGS) if isinstance(read, Incoming) else read


def payload(described: FactType) -> Any:
    return OWN[described.name] if described.own else read_example(described).payload


def own_fields(described: FactType) -> list[str]:
    """The fields of the wire model that only this type has."""
    return [name for name in FACTS[described.name].model_fields if name not in CustomerDetail.model_fields]


def named(types: list[FactType]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("described", types, ids=[each.name for each in types])


# ----------------------------------------------------------------------------------------- what can be sent


def test_every_type_that_can_be_sent_has_a_model_an_example_and_a_default_for_tests() -> None:
    names = [each.name for each in SENT]
    assert list(FACTS) == names, "wire/facts/types.py"
    assert list(EXAMPLES) == names, "wire/facts/examples.py"
    assert list(OWN_FIELDS) == names, "tests/support/facts.py"
    assert list(OWN) == [each.name for each in FACT_TYPES.values() if each.own], "OWN, in this file"


@named(SENT)
def test_the_model_has_the_fields_of_the_descriptor(described: FactType) -> None:
    model = FACTS[described.name]
    assert tuple(own_fields(described)) == described.fields
    assert tuple(name for name in own_fields(described) if model.model_fields[name].is_required()) == described.required


@named(SENT)
def test_the_model_names_the_customer_or_enterprise_of_the_type(described: FactType) -> None:
    base = CustomerDetail if described.concerns == "customer" else EnterpriseDetail
    assert issubclass(FACTS[described.name], base)
    assert ("branch_id" in described.required) == (described.concerns == "branch")


@named(SENT)
def test_the_type_is_documented(described: FactType) -> None:
    assert fact_schemas()[described.name]["description"]
    assert f"\n## {described.name}\n" in (ROOT / "docs/events.md").read_text(), "run make generate"


@named(SENT)
def test_the_example_becomes_the_payload_of_the_descriptor(described: FactType) -> None:
    assert type(payload(described)) is described.payload


def test_nobody_can_send_what_only_this_system_writes() -> None:
    assert not {each.name for each in FACT_TYPES.values() if each.own} & FACTS.keys()


# ------------------------------------------------------------------------------------- the ledger, the account


def test_every_payload_has_a_type() -> None:
    described = {each.payload for each in ABOUT_CUSTOMERS}
    assert described == set(get_args(CustomerPayload))
    assert {each.payload for each in FACT_TYPES.values()} - described == set(get_args(EnterprisePayload))


@named(ABOUT_CUSTOMERS)
def test_the_ledger_holds_every_field_and_gives_the_payload_back(described: FactType) -> None:
    before = payload(described)
    detail = encode(described.name, before)
    assert tuple(json.loads(detail)) == described.fields
    assert decode(described.name, detail) == before
    entry = LedgerEntry(EventOrder(NOW, "f-1"), described.name, before, "usr_9")
    row = entry_row("acme", "usr_1", entry)
    assert ledger_entry_of(row, "usr_1") == entry
    assert is_folded(row)


@named([each for each in ABOUT_CUSTOMERS if not each.own])
def test_the_ledger_holds_a_fact_as_the_model_has_it(described: FactType) -> None:
    model = FACTS[described.name].model_validate(EXAMPLES[described.name])
    common = {"customer", *FactDetail.model_fields}
    assert encode(described.name, payload(described)) == model.model_dump_json(exclude=common, exclude_none=True)


@named(list(FACT_TYPES.values()))
def test_a_type_about_a_customer_changes_the_account_and_no_other_does(described: FactType) -> None:
    if described.concerns != "customer":
        assert described.fold is None
        return
    assert described.fold, "fold, in domain/facts/fact_types.py"
    granted = fold(BLANK, payload(FACT_TYPES["promo.granted"]), EventOrder(NOW, "f-0"))
    before = granted if described.combines == "end" else BLANK
    told = payload(described)
    if described.combines == "end":
        told = described.payload("welcome-2026", **described.fixed)
    if described.combines == "link":
        # All statements about an id decide whose it is, not this one alone.
        is_link, provider_id = described.payload is ProviderIdLinked, told.provider_customer_id
        before = BLANK if is_link else BLANK.holding(provider_id, str(NOW))
        before = replace(before, holdings={provider_id: str(NOW) if is_link else None})
    after = fold(before, told, EventOrder(NOW, "f-1"))
    if described.combines == "merge":
        assert after == before
    else:
        assert after != before


@named(ABOUT_CUSTOMERS)
def test_types_with_one_payload_are_treated_alike(described: FactType) -> None:
    for other in ABOUT_CUSTOMERS:
        if other.payload is described.payload:
            asked = ("concerns", "combines", "record", "money", "personal", "fold")
            assert [getattr(other, name) for name in asked] == [getattr(described, name) for name in asked], other.name
    assert is_money(payload(described)) == described.money
    assert is_state(payload(described)) == (described.combines in ("state", "import"))
    assert is_history(payload(described)) == (described.combines not in ("state", "import", "link"))
    assert bool(record_of(payload(described), "")) == bool(described.record)


def test_an_audit_replays_every_type() -> None:
    end = {"promo.expired": "welcome-2026"}
    entries = [
        LedgerEntry(
            EventOrder(NOW, f"f-{number:02}"),
            each.name,
            each.payload(end[each.name], **each.fixed) if each.name in end else payload(each),
        )
        for number, each in enumerate(ABOUT_CUSTOMERS)
    ]
    _, folded, refused = replay(BLANK, entries)
    assert not refused
    assert {entry.type for entry in folded} == {each.name for each in ABOUT_CUSTOMERS}


# ----------------------------------------------------------------------------------------------------- erasure


@dataclass(frozen=True, slots=True)
class Photographed:
    """A payload that says something about a person, of a type that nobody described."""

    photo: str


def test_what_nobody_named_money_is_not_money() -> None:
    """So it is scrubbed if it is about an erased person."""
    assert not is_money(Photographed("a face"))  # type: ignore[arg-type]
    assert not is_of_books("customer.photographed")
    assert scrubbed("customer.photographed", {"photo": "a face"}) == {}


def test_money_has_to_be_named() -> None:
    assert not FactType("customer.photographed", Photographed).money


@named(ABOUT_CUSTOMERS)
def test_a_type_with_an_amount_or_a_record_is_money_and_no_other_is(described: FactType) -> None:
    assert described.money == bool(described.record or "amount_minor" in described.fields)


@named(ABOUT_CUSTOMERS)
def test_erasure_decides_about_every_field(described: FactType) -> None:
    removed = set(described.fields) - set(described.keeps)
    assert described.personal == bool(removed), f"personal, keeps: what about {sorted(removed)}?"
    assert (described.personal and described.money) == (described.combines == "import")
    told = dict.fromkeys(described.fields, "1")
    assert set(scrubbed(described.name, told)) == set(described.fields) - removed
    assert is_of_books(described.name) == described.money
    assert is_personal(described.name) == described.personal


@named(ABOUT_CUSTOMERS)
def test_the_preview_counts_it_where_the_sweep_puts_it(described: FactType) -> None:
    kind = kind_of("ledger#2026-06-01T12:00:00.000000Z#f-1", described.name)
    assert kind == ("ledger_personal" if described.personal else "ledger")
    assert disposition("anonymized", kind) == ("scrubbed" if described.personal else "kept")
    assert disposition("hard_deleted", kind) == "removed"
