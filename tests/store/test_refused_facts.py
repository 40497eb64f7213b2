"""Refused facts: whose list one comes into, what the bound does, and what an erasure leaves of one that comes late."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from mypy_boto3_dynamodb import DynamoDBClient

from customers.domain.identifiers.phone import Phone
from customers.domain.identifiers.pseudonym import named
from customers.domain.refusals import Conflict
from customers.store.dynamodb import transactions
from customers.store.erasure.sweep_jobs import SweepJobs
from customers.store.erasure.sweep_refused_facts import RefusedFactsSweep
from customers.store.refused_facts import refused_facts as module
from customers.store.refused_facts.rows import Mark, quota_key
from customers.store.refused_facts.sealed import KEY_SECONDS, SealingKey
from customers.wire.facts.refused_facts import read_refused_fact, without_person
from tests.support.books import ENTERPRISES, RECORDS, SECRET, Books, interrupting
from tests.support.crashes import WRITE
from tests.support.dynamodb import in_memory
from tests.support.erasure.sweeping import ERASURES, Planted, erase, plant
from tests.support.facts import LATER, NOON, body
from tests.support.refused import (
    REASON,
    REFUSED_AT,
    REFUSED_FACTS,
    bodies,
    configure,
    letter,
    refuse,
    refused,
    refused_facts,
)
from tests.support.tables import dynamodb

pytestmark = pytest.mark.slow

PHONE = "+97433001122"


@pytest.fixture
def person() -> Planted:
    return Planted()


@pytest.fixture(autouse=True)
def configured(tables: DynamoDBClient, books: Books) -> None:
    configure(tables, books.enterprise)


def sweep(tables: DynamoDBClient, enterprise: str, erasure: str) -> None:
    jobs = SweepJobs(tables, ERASURES, RECORDS, SECRET)
    sweeping = RefusedFactsSweep(jobs, (REFUSED_FACTS, RECORDS, ENTERPRISES), read_refused_fact, without_person)
    for _ in sweeping.pages(jobs.read(enterprise, erasure)):
        pass


def test_a_refused_fact_is_in_its_enterprises_list_and_in_no_other(tables: DynamoDBClient, books: Books) -> None:
    text = body("balance.topped_up", books.enterprise, about=PHONE, amount_minor="1")
    assert refuse(tables, text) == ["listed"]
    (row,) = refused(tables, books.enterprise)
    assert (row["body"]["S"], row["reason"]["S"]) == (text, REASON)
    assert (row["type"]["S"], row["fact_id"]["S"]) == ("balance.topped_up", json.loads(text)["detail"]["fact_id"])
    assert int(row["ttl"]["N"]) == int((REFUSED_AT + timedelta(days=30)).timestamp())
    # DynamoDB removes expired rows within some days, in any order.
    (lead,) = [each for each in in_memory.all_rows(REFUSED_FACTS) if each.get("held") == {"S": books.enterprise}]
    lingers = timedelta(seconds=int(lead["ttl"]["N"]) - int(row["ttl"]["N"]))
    assert timedelta(days=2) <= lingers <= timedelta(days=7)


def test_a_message_that_comes_twice_is_kept_once(tables: DynamoDBClient, books: Books) -> None:
    kept, one = refused_facts(tables), letter(body("customer.verified", books.enterprise, about=PHONE))
    assert [kept.keep(one) for _ in range(3)] == ["listed"] * 3
    assert len(refused(tables, books.enterprise)) == 1


SEALED: dict[str, Callable[[str], str]] = {
    "no JSON": lambda _: "Layla Hassan, +97433001122",
    "no enterprise": lambda _: json.dumps({"detail": {"customer": {"phone": PHONE}, "name": "Layla"}}),
    "an enterprise that is not known": lambda _: body("customer.registered", "unheard-of", about=PHONE, name="Layla"),
    "nobody": lambda ours: body("customer.registered", ours, about={}, name="Layla"),
    "a phone that is none": lambda ours: body("customer.registered", ours, about={"phone": PHONE + " ext 7"}),
    "one of two": lambda ours: body("customer.registered", ours, about={"phone": "Layla", "customer_id": "usr_1"}),
    "a name for an id": lambda ours: body("customer.registered", ours, about={"customer_id": "Layla Hassan"}),
    "a provider id that is no text": lambda ours: body(
        "customer.verified", ours, about={"provider_customer_id": "\ud800 Layla"}
    ),
    "an enterprise's own with more than it has": lambda ours: body("branch.disabled", ours, name="Layla"),
}


@pytest.mark.parametrize("unreadable", SEALED)
def test_what_names_nobody_readable_is_sealed_for_the_operator_alone(
    tables: DynamoDBClient, books: Books, unreadable: str
) -> None:
    text = SEALED[unreadable](books.enterprise)
    kms = boto3.client("kms", region_name="us-east-1")
    key = SealingKey(kms, kms.create_key(KeySpec="SYMMETRIC_DEFAULT")["KeyMetadata"]["KeyId"])
    assert refused_facts(tables, key).keep(letter(text)) == "sealed"
    assert refused(tables, books.enterprise) == []
    (row,) = [each for each in refused(tables) if "sealed" in each]
    assert row["pk"]["S"].startswith("#operator#")
    assert set(row) == {"pk", "sk", "reason", "refused_at", "unread", "ttl", "sealed", "sealed_key"}
    assert b"Layla" not in bytes(row["sealed"]["B"])
    assert key.open(row) == text
    tables.delete_item(TableName=REFUSED_FACTS, Key={"pk": row["pk"], "sk": row["sk"]})


def test_a_data_key_seals_for_a_while_and_then_there_is_another(
    tables: DynamoDBClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    kms = boto3.client("kms", region_name="us-east-1")
    key = SealingKey(kms, kms.create_key(KeySpec="SYMMETRIC_DEFAULT")["KeyMetadata"]["KeyId"])
    now = time.monotonic()
    sealed = []
    for later in (0.0, KEY_SECONDS - 1, KEY_SECONDS, KEY_SECONDS + 1):
        monkeypatch.setattr("customers.store.refused_facts.sealed.time.monotonic", lambda later=later: now + later)
        sealed.append(key.seal("what nobody can read"))
    assert [key.open(each) for each in sealed] == ["what nobody can read"] * 4
    first, same, other, same_as_other = (bytes(each["sealed_key"]["B"]) for each in sealed)
    assert first == same != other == same_as_other


def test_what_was_sealed_before_a_deployment_can_be_opened_after_it() -> None:
    kms = boto3.client("kms", region_name="us-east-1")
    key_id = kms.create_key(KeySpec="SYMMETRIC_DEFAULT")["KeyMetadata"]["KeyId"]
    made = kms.generate_data_key(KeyId=key_id, KeySpec="AES_256", EncryptionContext={"purpose": "refused-facts"})
    nonce = b"twelve bytes"
    sealed = nonce + AESGCM(made["Plaintext"]).encrypt(nonce, b"Layla Hassan", None)
    row = {"sealed": {"B": sealed}, "sealed_key": {"B": made["CiphertextBlob"]}}
    assert SealingKey(kms, key_id).open(row) == "Layla Hassan"


def test_of_what_is_larger_than_any_fact_the_beginning_is_kept(tables: DynamoDBClient, books: Books) -> None:
    huge = body("customer.registered", books.enterprise, about=PHONE, name="x" * 900_000)
    assert refuse(tables, huge) == ["sealed"]


def test_an_enterprises_own_fact_that_names_nobody_is_in_its_list(tables: DynamoDBClient, books: Books) -> None:
    assert refuse(tables, body("branch.registered", books.enterprise, branch_id=7)) == ["listed"]


# ------------------------------------------------------------------------------------------------- the bound


@pytest.mark.parametrize(("in_all", "of_source"), [(9_999, 0), (0, 1_999)])
def test_a_list_takes_ten_thousand_a_day_and_two_thousand_of_one_source(
    tables: DynamoDBClient, books: Books, in_all: int, of_source: int
) -> None:
    counts = {"all": {"N": str(in_all)}, "of_partner.tests": {"N": str(of_source)}}
    tables.put_item(TableName=REFUSED_FACTS, Item={**quota_key(books.enterprise, REFUSED_AT), **counts})
    texts = [body("customer.verified", books.enterprise, about=PHONE) for _ in range(2)]
    assert refuse(tables, *texts) == ["listed", "set_aside"]


def test_a_full_list_puts_further_ones_aside_for_the_operator_and_an_erasure_finds_them(
    tables: DynamoDBClient, books: Books, person: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_A_DAY", 3)
    customer_id = plant(books, person)
    texts = [body("customer.registered", books.enterprise, about=person.phone, name=person.name) for _ in range(5)]
    assert refuse(tables, *texts) == ["listed"] * 3 + ["set_aside"] * 2
    assert len(refused(tables, books.enterprise)) == 3
    assert refuse(tables, texts[0], at=REFUSED_AT + timedelta(days=1)) == ["listed"]
    sweep(tables, books.enterprise, erase(tables, books.enterprise, customer_id))
    assert bodies(tables, books.enterprise) == []


def test_one_source_does_not_fill_the_list_for_the_others(
    tables: DynamoDBClient, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_OF_SOURCE_A_DAY", 2)

    def of(source: str) -> str:
        return json.dumps({**json.loads(body("customer.verified", books.enterprise, about=PHONE)), "source": source})

    assert refuse(tables, *[of("partner.loud")] * 3) == ["listed", "listed", "set_aside"]
    assert refuse(tables, of("partner.quiet")) == ["listed"]


def test_what_a_source_says_of_anothers_enterprise_is_the_operators_and_an_erasure_finds_it(
    tables: DynamoDBClient, books: Books, person: Planted
) -> None:
    customer_id = plant(books, person)
    told = json.loads(body("customer.registered", books.enterprise, about=person.phone, name=person.name))
    kept = refused_facts(tables, may_speak=lambda source, _: source in (None, "partner.ours"))
    for source, end in {"partner.ours": "listed", "partner.theirs": "set_aside", "Layla": "set_aside"}.items():
        assert kept.keep(letter(json.dumps({**told, "source": source}))) == end
    assert [row["source"]["S"] for row in refused(tables, books.enterprise)] == ["partner.ours"]
    sweep(tables, books.enterprise, erase(tables, books.enterprise, customer_id))
    assert bodies(tables, books.enterprise) == []
    # What is left of it after the erasure has no more rights than it had.
    money = json.loads(body("purchase.completed", books.enterprise, about=person.phone, currency="XXX", at=NOON))
    assert kept.keep(letter(json.dumps({**money, "source": "partner.theirs"}))) == "set_aside"
    assert refused(tables, books.enterprise) == []


# ------------------------------------------------------------------------------------------- during an erasure


@pytest.mark.parametrize("verified", [True, False])
def test_a_fact_that_is_refused_after_the_sweep_leaves_nothing_of_the_person(
    tables: DynamoDBClient, books: Books, person: Planted, *, verified: bool
) -> None:
    customer_id = plant(books, person, verified=verified)
    sweep(tables, books.enterprise, erase(tables, books.enterprise, customer_id))
    abouts: list[Any] = [person.phone, {"provider_customer_id": person.provider_ids[0]}, {"customer_id": customer_id}]
    for about in abouts:
        told = body("customer.registered", books.enterprise, about=about, name=person.name, at=NOON)
        assert refuse(tables, told) == ["forgotten"]
    money = body("purchase.completed", books.enterprise, about=person.phone, currency="XXX", note=person.name, at=NOON)
    assert refuse(tables, money) == ["listed" if verified else "forgotten"]
    assert [person.found_in(text) for text in bodies(tables, books.enterprise)] == [set()] * verified


def test_who_has_the_phone_next_has_their_refused_facts(tables: DynamoDBClient, books: Books, person: Planted) -> None:
    sweep(tables, books.enterprise, erase(tables, books.enterprise, plant(books, person)))
    since = body("customer.registered", books.enterprise, about=person.phone, name="Next", at=LATER)
    assert refuse(tables, since) == ["listed"]
    assert bodies(tables, books.enterprise) == [since]


def test_a_fact_that_is_refused_while_the_sweep_runs_does_not_outlive_it(
    tables: DynamoDBClient, books: Books, person: Planted
) -> None:
    """The consumer has read the marks, and then the whole sweep happens before it writes."""
    customer_id = plant(books, person)
    erasure, meanwhile = erase(tables, books.enterprise, customer_id), [True]

    def overtake() -> None:
        if meanwhile and meanwhile.pop():
            sweep(tables, books.enterprise, erasure)

    slow = refused_facts(interrupting(WRITE, overtake))
    told = letter(body("customer.registered", books.enterprise, about=person.phone, name=person.name, at=NOON))
    assert slow.keep(told) == "forgotten"
    assert not meanwhile
    assert bodies(tables, books.enterprise) == []


def test_a_mark_holds_everybody_who_had_the_phone(tables: DynamoDBClient, books: Books, person: Planted) -> None:
    ids = []
    for number in range(2):
        books.post("customer.registered", about=PHONE, name="N", at=NOON + timedelta(days=number))
        ids.append(books.customer(PHONE).customer_id)
        sweep(
            tables, books.enterprise, erase(tables, books.enterprise, ids[-1], NOON + timedelta(days=number, hours=1))
        )
    mark = Mark(books.enterprise, named(SECRET, books.enterprise, Phone(PHONE)))
    row = tables.get_item(TableName=REFUSED_FACTS, Key=mark.key)["Item"]
    assert set(row["customers"]["M"]) == set(ids)
    stale = replace(mark, revision=1).put(REFUSED_FACTS, "usr_3", ["usr_3"], keeps_books=False)
    with pytest.raises(Conflict):
        transactions.commit(tables, [stale])


def test_the_calls_of_a_sweep_do_not_grow_with_the_refused_facts_of_others(
    tables: DynamoDBClient, books: Books, person: Planted
) -> None:
    counted: list[list[str]] = []
    for number in (0, 200):
        who = replace(person, phone=f"+974556{number:05}")
        erasure = erase(tables, books.enterprise, plant(books, who, verified=False))
        refuse(
            tables,
            *(body("customer.verified", books.enterprise, about=f"+974557{each:05}") for each in range(number)),
            *(body("customer.verified", "another", about=who.phone) for _ in range(number // 10)),
        )
        calls: list[str] = []
        client = counting(calls)
        sweep(client, books.enterprise, erasure)
        counted.append(calls)
    assert counted[0] == counted[1]


def counting(calls: list[str]) -> DynamoDBClient:
    client = dynamodb()
    client.meta.events.register("before-call.dynamodb", lambda model, **_: calls.append(model.name))
    return client
