"""DELETE /customers/{id}, through the template's route and the template's tables."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.domain.stats.customer_refs import CustomerRef
from customers.store.export.exports import Exports
from tests.operations.conftest import LAYLA, MONEY, NAME, PLANTED, PROVIDER_ID, Shop
from tests.operations.identity.test_merge import TWIN, merge
from tests.support.books import Books
from tests.support.dynamodb import in_memory
from tests.support.erasure.erasing import (
    derived_sums,
    entries,
    erase,
    everything,
    held,
    later,
    settled_layla,
    sums,
)
from tests.support.http.gateway import Reply, call
from tests.support.http.operations import reads_by
from tests.support.identity.verifying import ask, asked
from tests.support.recording import id_of, outbox, record, stored
from tests.support.sessions import identify, opened, read, tell
from tests.support.stats.derivation import deriver

SORTED = ("pk", "sk", "requested_at", "place", "names")


@pytest.fixture
def layla(shop: Shop, tables: DynamoDBClient) -> str:
    return settled_layla(shop, tables)


def test_a_verified_customer_is_anonymised(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    reply = erase(shop, layla)
    (entry,) = entries(tables, shop)
    assert reply.status == 200
    assert reply.data == {
        "customer_id": layla,
        "erasure_id": entry["sk"]["S"],
        "outcome": "anonymized",
        "prior_state": "VERIFIED",
        "transactions_retained": True,
        "pii_scrubbed": True,
        "erased_at": entry["erased_at"]["S"][:19] + "Z",
    }
    assert reply.body["meta"]["data_completeness_score"] is None
    assert {name: value["S"] for name, value in entry.items() if name not in SORTED} == {
        "customer_id": layla,
        "prior_state": "VERIFIED",
        "status": "erasing",
        "outcome": "anonymized",
        "erased_at": entry["erased_at"]["S"],
    }
    # What is left under the id holds no text but ids of ours.
    (left,) = stored(tables, shop.enterprise)["CustomersTable"]
    assert left["pk"]["S"] == f"{shop.enterprise}#erased#{layla}"
    assert set(left) == {
        *("pk", "customer_id", "currency", "version", "state", "prior_state", "balance", "locked", "spend", "visits"),
        *("locked_since", "member_since", "last_visit_at", "recent", "checksum", "erased_at", "outcome", "erasure_id"),
    }


def test_a_disabled_one_too(shop: Shop, layla: str) -> None:
    shop.disabled_layla()
    reply = erase(shop, layla)
    assert (reply.status, reply.data["outcome"], reply.data["prior_state"]) == (200, "anonymized", "DISABLED")


def test_who_was_never_verified_is_deleted(shop: Shop, tables: DynamoDBClient) -> None:
    shop.told("promo.granted", LAYLA, grant_id="g", amount_minor=700, **MONEY)
    shop.told("customer.registered", LAYLA, name=NAME)
    reply = erase(shop, id_of(tables, shop))
    assert (reply.status, reply.data["outcome"], reply.data["prior_state"]) == (200, "hard_deleted", "PENDING_PROOF")
    assert (reply.data["transactions_retained"], reply.data["pii_scrubbed"]) == (False, True)


def test_the_event_says_it_and_nothing_of_the_person(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    data = erase(shop, layla).data
    (told,) = [row for row in outbox(tables, shop) if row["type"]["S"] == "customer.erased"]
    detail = json.loads(told["detail"]["S"])
    assert detail.pop("event_id").startswith("evt_")
    assert detail == {
        "version": 1,
        "enterprise_id": shop.enterprise,
        **{name: data[name] for name in ("customer_id", "erasure_id", "outcome", "erased_at")},
    }


def test_one_minor_unit_to_spend_and_nothing_changes(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    shop.told("balance.topped_up", LAYLA, amount_minor=1, **MONEY)
    before = everything(tables, shop)
    reply = erase(shop, layla)
    assert (reply.status, reply.body["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert reply.body["error"]["details"][0]["field"] == "balance.spendable_minor"
    assert "settle" in reply.body["error"]["details"][0]["issue"]
    assert everything(tables, shop) == before
    assert shop.lookup("phone=33001122").data["status"] == "registered"


def test_a_debt_is_nothing_to_spend_and_the_totals_stay(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    shop.told("customer.registered", TWIN, name="Omar")
    shop.told("balance.topped_up", TWIN, amount_minor=40, **MONEY)
    shop.told("balance.spent", LAYLA, amount_minor=333, **MONEY)
    before, derived = sums(tables, shop), derived_sums(tables, shop)
    assert before["balance_minor"] == 40 - 333
    assert erase(shop, layla).status == 200
    assert sums(tables, shop) == before
    assert derived_sums(tables, shop) == derived == before


# ------------------------------------------------------------------------------------------ preview


def counted(tables: DynamoDBClient, shop: Shop, customer_id: str) -> dict[str, int]:
    """What is there, counted from the tables plainly."""
    rows = held(tables, shop)
    mine = [row for row in rows["RecordsTable"] if row["pk"]["S"] == f"{shop.enterprise}#{customer_id}"]
    personal = {"customer.registered", "customer.corrected", "provider_id.linked"}
    personal |= {"preferences.updated", "consent.updated"}
    types = [row["type"]["S"] for row in mine if row["sk"]["S"].startswith("ledger#")]
    found = {
        "identity": len([row for row in rows["CustomersTable"] if customer_id in json.dumps(row, default=bytes.hex)]),
        "ledger_personal": len([each for each in types if each in personal]),
        "events": len([each for each in types if each.startswith("event.")]),
        "transactions": len([row for row in mine if row["sk"]["S"].startswith(("purchase#", "refund#"))]),
        "promo_grants": len([row for row in mine if row["sk"]["S"].startswith("grant#")]),
        "absorbed": len([row for row in mine if row["sk"]["S"].startswith("absorbed#")]),
        "answers": len(
            [
                row
                for row in rows["ReceiptsTable"]
                if "answer" in row and customer_id in row.get("customer_key", {"S": ""})["S"]
            ]
        ),
    }
    found["ledger"] = len(types) - found["ledger_personal"] - found["events"]
    return {kind: count for kind, count in found.items() if count}


def test_a_preview_counts_what_there_is_and_writes_nothing(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    record(shop)
    record(shop)
    shop.told("provider_id.linked", LAYLA, provider_customer_id="pos-another")
    ask(tables, shop.enterprise, layla, asked(LAYLA))
    Exports(tables, "RecordsTable").prepare(shop.enterprise, layla, "job-1", None)
    before = everything(tables, shop)
    told = erase(shop, layla, query="dry_run=true")
    assert everything(tables, shop) == before
    assert (told.status, told.data["outcome"], told.data["erased_at"]) == (200, "anonymized", None)
    preview = told.data["preview"]
    assert preview["blockers"] == []
    there = counted(tables, shop, layla)
    removed = {"identity": there["identity"], "provider_ids": 2, "answers": there["answers"]}
    assert preview["removed"] == {**removed, "verification": 1, "exports": 1}
    assert preview["scrubbed"] == {"ledger_personal": there["ledger_personal"], "events": 2}
    assert preview["kept"] == {kind: there[kind] for kind in ("ledger", "transactions", "promo_grants")}


def test_a_preview_counts_whom_they_had_absorbed(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    shop.told("promo.granted", TWIN, grant_id="g", amount_minor=1, **MONEY)
    merge(shop, layla, id_of(tables, shop, TWIN))
    there = counted(tables, shop, layla)
    removed = erase(shop, layla, query="dry_run=true").data["preview"]["removed"]
    assert (removed["identity"], removed["absorbed"]) == (there["identity"], 1)


def test_a_preview_of_a_hard_delete_keeps_nothing(shop: Shop, tables: DynamoDBClient) -> None:
    shop.told("promo.granted", LAYLA, grant_id="g", amount_minor=700, **MONEY)
    preview = erase(shop, id_of(tables, shop), query="dry_run=true").data
    assert (preview["outcome"], preview["pii_scrubbed"]) == ("hard_deleted", True)
    assert preview["preview"]["blockers"] == []
    assert preview["preview"]["removed"] == {"identity": 1, "ledger": 1, "promo_grants": 1}
    assert preview["preview"]["scrubbed"] == preview["preview"]["kept"] == {}


def test_what_dry_run_is_not_is_refused_and_erases_nobody(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    before = everything(tables, shop)
    for query in ("dry_run=1", "dry_run=", "dry_run=TRUE", "dry_run=true&dry_run=false"):
        assert erase(shop, layla, query=query).status == 400
    assert everything(tables, shop) == before


# ------------------------------------------------------------------------------------------ who may, and whom


def test_who_is_gone_cannot_be_erased_again(shop: Shop, layla: str) -> None:
    erase(shop, layla)
    assert erase(shop, layla).status == 404
    assert erase(shop, layla, query="dry_run=true").status == 404


# ------------------------------------------------------------------------------------------ what is known afterwards


def test_who_is_back_after_a_restore_is_erased_again_and_as_of_the_same_instant(
    shop: Shop, tables: DynamoDBClient, layla: str
) -> None:
    from gdpr.erase_again import handler

    backup = {table: in_memory.rows_of(table, shop.enterprise) for table in ("CustomersTable", "RecordsTable")}
    given = {"enterprise_id": shop.enterprise, "erasure_id": erase(shop, layla).data["erasure_id"]}
    assert handler(given, None)["outcome"] == "gone"
    for table, rows in backup.items():
        in_memory.forget(table, shop.enterprise)
        in_memory.lay(table, rows)
    assert shop.lookup("phone=33001122").data["status"] == "registered"
    assert [handler(given, None)["outcome"] for _ in range(2)] == ["erased", "erased"]
    assert shop.lookup("phone=33001122").data["status"] == "not_found"
    one, other = entries(tables, shop)
    assert one["sk"] != other["sk"]
    assert one["erased_at"] == other["erased_at"]


def test_an_erasure_that_failed_is_noted_for_an_operator(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    from gdpr.fail_erasure import handler

    given = {"enterprise_id": shop.enterprise, "erasure_id": erase(shop, layla).data["erasure_id"]}
    assert handler(given, None) == {"outcome": "noted"}
    assert [entry["status"]["S"] for entry in entries(tables, shop)] == ["failed"]


def reads(shop: Shop, *ids: str, phones: tuple[str, ...] = (LAYLA,)) -> Iterator[Reply]:
    """Every read of the API about the person."""
    office = shop.admin("customer:SEARCH", *(each.permission for each in reads_by("id") if each.permission))
    for phone in phones:
        yield shop.lookup(f"phone={quote(phone)}")
        for each in reads_by("phone"):
            yield call("GET", each.path.replace("{phone}", quote(phone, safe="")), "", shop.till)
        for body in ({"phone_prefix": phone}, {"phone_last4": phone[-4:]}):
            yield call("POST", "/customers/search", principal=office, body=body)
    yield shop.lookup(f"provider_customer_id={PROVIDER_ID}")
    yield call("POST", "/customers/search", principal=office, body={"query": NAME})
    yield tell(shop)
    for customer_id in ids:
        for each in reads_by("id"):
            yield call("GET", each.path.replace("{id}", customer_id), "", office)


@pytest.mark.usefixtures("bucket")
def test_no_read_knows_anything_of_the_person(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    assert deriver(tables).reconcile([CustomerRef(shop.enterprise, layla)]) == {}
    assert all(reply.status == 200 for reply in reads(shop, layla))
    strangers = [reply.body for reply in reads(Shop(shop.enterprise + "-other"), "usr_0")]
    erase(shop, layla)
    for reply, stranger in zip(reads(shop, layla), strangers, strict=True):
        assert not any(planted in reply.text for planted in PLANTED)
        assert reply.status in (200, 404)
        if reply.status == 200:
            data, other = reply.data, stranger["data"]
            assert _without_times(data) == _without_times(other)


def _without_times(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in ("fetched_at", "cursor", "next_cursor")}


def test_a_session_shows_a_stranger_from_then_on(shop: Shop, layla: str) -> None:
    session_id = opened(shop)
    assert identify(shop, session_id, key="i").status == 200
    assert NAME in read(shop, session_id).text
    erase(shop, layla)
    for reply in (read(shop, session_id), identify(shop, session_id, key="i"), identify(shop, session_id)):
        assert not any(planted in reply.text for planted in PLANTED)
    assert read(shop, session_id).status == 200


def test_a_page_of_the_context_that_was_begun_before_is_not_gone_on_with(shop: Shop, layla: str) -> None:
    office = shop.admin("customer:CONTEXT")
    first = call("GET", f"/customers/{layla}/context", "limit=2", office)
    cursor = first.data["next_cursor"]
    assert call("GET", f"/customers/{layla}/context", f"cursor={quote(cursor)}", office).status == 200
    erase(shop, layla)
    after = call("GET", f"/customers/{layla}/context", f"cursor={quote(cursor)}", office)
    assert (after.status, after.body["error"]["code"]) == (404, "NOT_FOUND")


def test_what_is_told_by_the_phone_is_told_of_a_stranger(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    erase(shop, layla)
    before = everything(tables, shop)
    told = record(shop)
    assert (told.status, told.data) == (200, {"status": "not_found", "event": None})
    assert everything(tables, shop) == before


def test_an_older_answer_is_not_given_again(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    headers = {"Idempotency-Key": "c", "Content-Type": "application/json"}

    def correct() -> Reply:
        office = shop.admin("customer:UPDATE")
        return call("PATCH", f"/customers/{layla}", "", office, headers=headers, body={"name": "Layla H. Hassan"})

    assert (record(shop, key="e").status, correct().status) == (201, 200)
    assert correct().body["meta"]["idempotency_replayed"] is True
    erase(shop, layla)
    # Somebody new at the same phone is not who did it, either.
    shop.told("customer.registered", LAYLA, name="Somebody", occurred_at=later(seconds=1))
    before = everything(tables, shop)
    for reply in (record(shop, key="e"), correct()):
        assert (reply.status, reply.body["error"]["code"]) == (404, "NOT_FOUND")
        assert reply.body["error"]["details"][0]["field"] == "Idempotency-Key"
        assert not any(planted in reply.text for planted in PLANTED)
    assert everything(tables, shop) == before


def test_the_absorbed_are_erased_with_the_survivor(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    shop.told("customer.registered", TWIN, name="L. Hassan")
    twin = id_of(tables, shop, TWIN)
    merge(shop, layla, twin)
    before = sums(tables, shop)
    assert erase(shop, twin).data["customer_id"] == layla
    assert sums(tables, shop) == before
    for reply in reads(shop, layla, twin, phones=(LAYLA, TWIN)):
        assert not any(planted in reply.text for planted in (*PLANTED, "66005566"))
        assert reply.status == 404 or reply.data.get("status", "not_found") == "not_found"
        assert reply.status == 404 or reply.data.get("customers", []) == []


def test_no_log_names_the_person(shop: Shop, layla: str, log: io.StringIO) -> None:
    erase(shop, layla)
    shop.told("balance.topped_up", LAYLA, amount_minor=1, **MONEY)
    assert log.getvalue()
    assert not any(planted in log.getvalue() for planted in PLANTED)


def test_the_ledger_still_gives_what_is_left(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    erase(shop, layla)
    books = Books(tables, shop.enterprise)
    assert list(books.rebuild.customer_ids(shop.enterprise)) == [layla]
    assert books.rebuild.compare(shop.enterprise, layla, "QAR").differences == ()


# ------------------------------------------------------------------------------------------ escalation


@pytest.fixture
def patient(shop: Shop, layla: str) -> str:
    """Of an enterprise that has erasures wait; with money to spend."""
    shop.told(
        "enterprise.configured",
        name="Test",
        currency="QAR",
        home_region="QA",
        erasure_policy="escalate",
        occurred_at="2026-11-02T10:00:00Z",
    )
    shop.settings = replace(shop.settings, erasure_policy="escalate")
    shop.told("balance.topped_up", LAYLA, amount_minor=1, **MONEY)
    return layla


def test_money_to_spend_has_it_wait_where_the_enterprise_says_so(
    shop: Shop, tables: DynamoDBClient, patient: str
) -> None:
    preview = erase(shop, patient, query="dry_run=true")
    assert (preview.data["outcome"], len(preview.data["preview"]["blockers"])) == ("escalated", 1)
    reply = erase(shop, patient)
    (entry,) = entries(tables, shop)
    assert reply.status == 202
    assert reply.data == {
        "customer_id": patient,
        "erasure_id": entry["sk"]["S"],
        "outcome": "escalated",
        "prior_state": "VERIFIED",
        "transactions_retained": True,
        "pii_scrubbed": False,
        "erased_at": None,
    }
    assert entry["status"]["S"] == "escalated"
    assert [row["type"]["S"] for row in outbox(tables, shop)] == ["customer.erasure_escalated"]
    assert shop.lookup("phone=33001122").data["status"] == "registered"


def test_who_asks_again_finds_the_one_that_waits(shop: Shop, tables: DynamoDBClient, patient: str) -> None:
    first, second, replay = erase(shop, patient, "one"), erase(shop, patient, "two"), erase(shop, patient, "two")
    assert first.data == second.data == replay.data
    assert [reply.status for reply in (first, second, replay)] == [202, 202, 202]
    assert len(entries(tables, shop)) == 1
    assert len(outbox(tables, shop)) == 1


def test_once_it_is_settled_the_same_erasure_is_carried_out(shop: Shop, tables: DynamoDBClient, patient: str) -> None:
    waits = erase(shop, patient).data
    shop.told("balance.settled", LAYLA, amount_minor=1, **MONEY)
    done = erase(shop, patient)
    assert (done.status, done.data["erasure_id"], done.data["outcome"]) == (200, waits["erasure_id"], "anonymized")
    assert [row["sk"]["S"] for row in held(tables, shop)["ErasuresTable"]] == [waits["erasure_id"]]
