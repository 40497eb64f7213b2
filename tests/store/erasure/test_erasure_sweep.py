"""After the sweep nothing of the person is left in any store, and of the books all that there was."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import boto3
import jwt
import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.domain.erasure.receipt import CONSISTENT
from customers.domain.refusals import CannotApply, Conflict, NotYet, ValidationError
from customers.store.aws.signing import SigningKey
from customers.store.erasure.sweep_jobs import SweepJob, SweepJobs
from tests.support.books import CUSTOMERS, DERIVED, RECORDS, SECRET, Books
from tests.support.crashes import Crash, changing
from tests.support.dynamodb import in_memory
from tests.support.erasure.sweeping import (
    BUCKET,
    ERASURES,
    LINKS,
    Planted,
    Workflow,
    erase,
    erasures_of,
    everything,
    plant,
    plant_copies,
)
from tests.support.facts import LATER, NOON, body
from tests.support.identity.merging import merge
from tests.support.identity.verifying import ask, asked
from tests.support.refused import refuse
from tests.support.stats.derivation import Derivation
from tests.support.tables import dynamodb

pytestmark = pytest.mark.slow

MINUTE = timedelta(minutes=1)
MONEY = (
    *("balance_minor", "spendable_minor", "locked_minor", "forfeited_minor"),
    *("spend_minor", "refunded_minor", "visits", "refunds"),
)


def money(books: Books) -> dict[str, int]:
    """The enterprise's sums of money and visits."""
    sums: dict[str, int] = {}
    for row in books.rows(DERIVED):
        if row["pk"]["S"].split("#")[1] in ("totals", "days"):
            for name in MONEY:
                sums[name] = sums.get(name, 0) + int(row.get(name, {"N": "0"})["N"])
    return sums


def traces(client: DynamoDBClient, person: Planted) -> set[str]:
    return {trace for text in everything(client) for trace in person.found_in(text)}


def unsigned(receipt: str | None) -> dict[str, Any]:
    """What a receipt says. In memory a digest is hashed once more: signatures are looked at on the local stack."""
    assert receipt
    told: dict[str, Any] = jwt.decode(receipt, options={"verify_signature": False})
    return told


def of_books(books: Books) -> list[Any]:
    """The history of money, as it lies there."""
    kinds = ("purchase.", "balance.", "promo.")
    return [
        row
        for row in books.rows(RECORDS)
        if row["sk"]["S"].startswith(("purchase#", "refund#", "grant#"))
        or row.get("type", {"S": ""})["S"].startswith(kinds)
    ]


def test_of_an_anonymised_person_the_books_are_left_to_the_last_unit_and_nothing_else(
    tables: DynamoDBClient, known: Books, person: Planted, workflow: Workflow
) -> None:
    customer_id = plant(known, person)
    plant_copies(known, person, customer_id)
    Derivation(known).reconcile()
    assert traces(tables, person) >= {person.phone, person.note, *person.provider_ids, person.name.lower()}
    before, sums = of_books(known), money(known)
    job = workflow.run(known.enterprise, erase(tables, known.enterprise, customer_id))
    assert job.outcome == "anonymized"
    assert traces(tables, person) == set()
    assert of_books(known) == before
    assert money(known) == sums


def test_of_a_deleted_person_nothing_is_left(
    tables: DynamoDBClient, known: Books, person: Planted, workflow: Workflow
) -> None:
    customer_id = plant(known, person, verified=False)
    plant_copies(known, person, customer_id)
    Derivation(known).reconcile()
    sums = money(known)
    job = workflow.run(known.enterprise, erase(tables, known.enterprise, customer_id))
    assert job.outcome == "hard_deleted"
    assert traces(tables, person) == set()
    left = [row["sk"]["S"] for row in known.rows(RECORDS) if row["pk"]["S"].endswith(customer_id)]
    assert [sk for sk in left if not sk.startswith("outbox#")] == ["pointer"]
    assert money(known) == {**sums, "locked_minor": 0, "forfeited_minor": sums["locked_minor"]}


def test_the_receipt_says_what_was_done_and_names_nobody(
    tables: DynamoDBClient, known: Books, person: Planted, workflow: Workflow, key: SigningKey
) -> None:
    customer_id = plant(known, person)
    plant_copies(known, person, customer_id)
    job = workflow.run(known.enterprise, erase(tables, known.enterprise, customer_id))
    signed = workflow.jobs.receipt_of(job.enterprise, job.erasure_id)
    assert signed
    told = unsigned(signed)
    assert jwt.get_unverified_header(signed)["kid"] == key.jwk["kid"]
    assert person.found_in(json.dumps(told)) == set()
    assert (told["customer_id"], told["outcome"], told["erasure_id"]) == (customer_id, "anonymized", job.erasure_id)
    assert set(told["checks"]) == {
        *("records", "absorbed", "answers", "sessions", "links", "activity", "derived", "exports", "refused_facts"),
    }
    assert {how for store, how in told["checks"].items() if store != "exports"} == {CONSISTENT}
    stores = told["stores"]
    assert stores["events"]["scrubbed"]["count"] == 1
    # Registered, two ids, preferences and consent; what is kept is counted with them.
    assert stores["ledger"]["scrubbed"]["count"] == 5
    assert stores["ledger"]["kept"]["count"] == 13
    assert {store: stores[store]["removed"]["count"] for store in ("answers", "sessions", "links")} == {
        "answers": 1,
        "sessions": 1,
        "links": 1,
    }
    assert stores["purchase"]["kept"]["count"] == 3


def test_a_second_run_changes_nothing(
    tables: DynamoDBClient, known: Books, person: Planted, workflow: Workflow
) -> None:
    erasure = erase(tables, known.enterprise, plant(known, person))
    job = workflow.run(known.enterprise, erasure)
    rows, record = list(everything(tables)), workflow.jobs.receipt_of(job.enterprise, job.erasure_id)
    assert workflow.run(known.enterprise, erasure) == job
    assert list(everything(tables)) == rows
    assert workflow.jobs.receipt_of(job.enterprise, job.erasure_id) == record


@pytest.mark.parametrize("verified", [True, False])
def test_whom_they_had_absorbed_goes_with_them(
    tables: DynamoDBClient, known: Books, person: Planted, workflow: Workflow, bucket: Any, *, verified: bool
) -> None:
    customer_id = plant(known, person, verified=verified)
    known.post("customer.registered", about=person.twin_phone, name=person.name)
    twin_id = known.customer(person.twin_phone).customer_id
    plant_copies(known, person, twin_id)
    merge(known, customer_id, twin_id)
    bucket.put_object(Bucket=BUCKET, Key=f"{known.enterprise}/{twin_id}/exp_1.zip", Body=b"Zubaida")
    erasure = erase(tables, known.enterprise, customer_id, LATER)
    job = workflow.run(known.enterprise, erasure)
    assert job.progress.ids == (customer_id, twin_id)
    # A retry of the erasure removes the files of all of them, also when no row leads to them any more.
    assert erasures_of(tables).erased_ids(known.enterprise, erasure, customer_id) == (customer_id, twin_id)
    assert traces(tables, person) == set()
    told = unsigned(workflow.jobs.receipt_of(job.enterprise, erasure))
    assert set(told["stores"]["absorbed"]) == ({"scrubbed", "kept"} if verified else {"removed"})
    assert not bucket.list_object_versions(Bucket=BUCKET, Prefix=known.enterprise).get("Versions")
    # Facts of before follow the person by the twin's phone too, and open no record.
    known.post("customer.registered", about=person.twin_phone, name=person.name, at=NOON)
    assert known.find(person.twin_phone) is None
    assert traces(tables, person) == set()


def test_nothing_counts_the_links_to_the_phone_of_whom_they_had_absorbed(
    tables: DynamoDBClient, known: Books, person: Planted, workflow: Workflow
) -> None:
    customer_id = plant(known, person)
    known.post("customer.registered", about=person.twin_phone, name=person.name)
    twin_id = known.customer(person.twin_phone).customer_id
    ask(tables, known.enterprise, twin_id, asked(person.twin_phone))
    merge(known, customer_id, twin_id)

    def counted() -> list[Any]:
        """The rows that count links by phone."""
        return [row for row in known.rows(LINKS) if "asked" in row and not row["pk"]["S"].endswith(twin_id)]

    assert len(counted()) == 1
    workflow.run(known.enterprise, erase(tables, known.enterprise, customer_id))
    assert counted() == []


def test_each_page_of_a_sweep_is_handed_on_as_it_was_noted(
    tables: DynamoDBClient, known: Books, person: Planted, workflow: Workflow, bucket: Any
) -> None:
    """So whoever sweeps looks at the clock after each of them, and the next sweep goes on from there."""
    customer_id = plant(known, person)
    known.post("customer.registered", about=person.twin_phone, name=person.name)
    merge(known, customer_id, known.customer(person.twin_phone).customer_id)
    plant_copies(known, person, customer_id)
    bucket.put_object(Bucket=BUCKET, Key=f"{known.enterprise}/{customer_id}/exp_1.zip", Body=b"Zubaida")
    refuse(tables, body("balance.topped_up", known.enterprise, about=person.phone, currency="XXX"))
    job = workflow.jobs.read(known.enterprise, erase(tables, known.enterprise, customer_id))
    for sweep in workflow.sweeps:
        before, handed = job.progress.revision, [*sweep.pages(job)]
        job = handed[-1]
        assert workflow.jobs.read(known.enterprise, job.erasure_id) == job
        assert {each.progress.revision for each in handed} == {*range(before + 1, job.progress.revision + 1)}


def test_a_sweep_may_stop_after_each_of_the_absorbed(
    tables: DynamoDBClient, known: Books, person: Planted, workflow: Workflow
) -> None:
    customer_id = plant(known, person)
    for phone in (person.twin_phone, "+97466005566"):
        known.post("customer.registered", about=phone, name=person.name)
        merge(known, customer_id, known.customer(phone).customer_id)
    job = workflow.jobs.read(known.enterprise, erase(tables, known.enterprise, customer_id))
    for left in (2, 1, 0):
        assert len([*workflow.aliases.left(job)]) == left
        job = next(workflow.aliases.pages(job), job)


def test_a_provider_id_that_is_another_customers_by_now_stays_theirs(
    tables: DynamoDBClient, known: Books, person: Planted, workflow: Workflow
) -> None:
    customer_id = plant(known, person)
    known.post("provider_id.linked", about="+97466005566", provider_customer_id="pos-zq-77", at=LATER)
    workflow.run(known.enterprise, erase(tables, known.enterprise, customer_id))
    found = known.by_provider_id("pos-zq-77")
    assert found
    assert found.phone.e164 == "+97466005566"
    known.close()


def test_who_has_come_back_with_a_backup_is_not_swept_until_erased_again(
    tables: DynamoDBClient, known: Books, person: Planted, workflow: Workflow
) -> None:
    customer_id = plant(known, person)
    there = known.rows(RECORDS)
    erasure = erase(tables, known.enterprise, customer_id)
    workflow.run(known.enterprise, erasure)
    for row in there:
        tables.put_item(TableName=RECORDS, Item=row)
    restored = known.rows(RECORDS)
    with pytest.raises(Conflict):
        workflow.run(known.enterprise, erasure)
    assert known.rows(RECORDS) == restored
    assert workflow.sealing.seal(workflow.jobs.read(known.enterprise, erasure), LATER) == "left"


def test_what_has_not_been_erased_waits_to_be_swept(workflow: Workflow, known: Books) -> None:
    with pytest.raises(NotYet) as refusal:
        workflow.jobs.read(known.enterprise, "era_unheard_of")
    assert refusal.value.field == "erasure_id"


def test_a_provider_id_that_only_the_history_has_after_a_restore_is_given_up_too(
    tables: DynamoDBClient, known: Books, person: Planted, workflow: Workflow
) -> None:
    """Each table is restored by itself, so that one may be a moment older than the other."""
    customer_id = plant(known, person)
    older = known.rows(CUSTOMERS)
    known.post("provider_id.linked", about=person.phone, provider_customer_id="pos-newer", at=NOON + MINUTE)
    restored = {CUSTOMERS: older, RECORDS: known.rows(RECORDS)}
    known.close()
    for table, rows in restored.items():
        for row in rows:
            tables.put_item(TableName=table, Item=row)
    workflow.run(known.enterprise, erase(tables, known.enterprise, customer_id))
    assert known.by_provider_id("pos-newer") is None
    assert not [text for text in everything(tables) if "pos-newer" in text]
    # Money of before finds its way by the id.
    assert (
        known.post("balance.topped_up", about={"provider_customer_id": "pos-newer"}, at=NOON + 2 * MINUTE) == "applied"
    )
    assert known.by_provider_id("pos-newer") is None


# ------------------------------------------------------------------------------------------------------- files


def test_all_versions_of_their_files_go_and_nobody_elses(
    tables: DynamoDBClient, known: Books, person: Planted, workflow: Workflow, bucket: Any
) -> None:
    customer_id = plant(known, person)
    mine, other = f"{known.enterprise}/{customer_id}/exp_1.zip", f"{known.enterprise}/{customer_id}0/exp_1.zip"
    for name in (mine, mine, other):
        bucket.put_object(Bucket=BUCKET, Key=name, Body=b"Zubaida")
    bucket.delete_object(Bucket=BUCKET, Key=mine)
    bucket.create_multipart_upload(Bucket=BUCKET, Key=mine)
    workflow.run(known.enterprise, erase(tables, known.enterprise, customer_id))
    left = bucket.list_object_versions(Bucket=BUCKET, Prefix=f"{known.enterprise}/")
    assert [each["Key"] for each in left["Versions"]] == [other]
    assert "DeleteMarkers" not in left
    assert not bucket.list_multipart_uploads(Bucket=BUCKET).get("Uploads")


# ------------------------------------------------------------------------------------------------- interrupted


def stopped_at(change: int) -> tuple[DynamoDBClient, list[str]]:
    """A client that is gone before one of its calls that change something; and those that it has begun."""
    client, begun = dynamodb(), list[str]()

    def note(model: Any, **_: Any) -> None:
        if changing([model.name]):
            begun.append(model.name)
            if len(begun) == change:
                raise Crash

    client.meta.events.register_first("before-call.dynamodb", note)
    return client, begun


@pytest.mark.slow
@pytest.mark.parametrize("verified", [True, False])
def test_a_sweep_stopped_before_any_change_ends_the_same(
    tables: DynamoDBClient, known: Books, person: Planted, key: SigningKey, *, verified: bool
) -> None:
    customer_id = plant(known, person, verified=verified)
    plant_copies(known, person, customer_id)
    Derivation(known).reconcile()
    erasure = erase(tables, known.enterprise, customer_id)
    kept = in_memory.keep()

    def end(job: SweepJob) -> Any:
        counts = {key: (each.count, each.digest) for key, each in job.progress.tallies.items()}
        # An event's row names the instant at which it was written; its id tells what it says.
        keys = sorted(re.sub(r"^outbox#[^#]+", "outbox", row["sk"]["S"]) for row in known.rows(RECORDS))
        return counts, keys, money(known)

    client, made = stopped_at(0)
    expected = end(Workflow(client, key).run(known.enterprise, erasure))
    assert len(made) > 5
    # What is left after a call is what is there before the next.
    for call in range(1, len(made) + 1):
        in_memory.put_back(kept)
        with pytest.raises(Crash):
            Workflow(stopped_at(call)[0], key).run(known.enterprise, erasure)
        signed = SweepJobs(tables, ERASURES, RECORDS, SECRET).receipt_of(known.enterprise, erasure)
        assert signed is None or call == len(made), "it is said to be done before it is"
        job = Workflow(tables, key).run(known.enterprise, erasure)
        assert end(job) == expected, f"stopped before call {call}"
        assert traces(tables, person) == set()


@pytest.mark.slow
@pytest.mark.parametrize("service", ["s3", "kms"])
def test_a_sweep_stopped_before_a_call_of_another_service_ends_the_same(
    tables: DynamoDBClient,
    known: Books,
    person: Planted,
    key_id: str,
    monkeypatch: pytest.MonkeyPatch,
    service: str,
) -> None:
    clients: dict[str, Any] = {name: boto3.client(name, region_name="us-east-1") for name in ("s3", "kms")}
    customer_id, enterprise = plant(known, person), known.enterprise
    erasure = erase(tables, enterprise, customer_id)
    kept, name = in_memory.keep(), f"{enterprise}/{customer_id}/exp_1.zip"
    s3 = boto3.client("s3", region_name="us-east-1")
    calls = {"made": 0, "last": 0}

    def note(**_: Any) -> None:
        calls["made"] += 1
        if calls["made"] == calls["last"]:
            raise Crash

    clients[service].meta.events.register_first(f"before-call.{service}", note)

    def run(last: int) -> SweepJob:
        calls.update(made=0, last=last)
        key = SigningKey(clients["kms"], key_id)
        return Workflow(tables, key, clients["s3"]).run(enterprise, erasure)

    def plant_beside() -> None:
        """Files, and facts that were refused."""
        for _ in range(2):
            s3.put_object(Bucket=BUCKET, Key=name, Body=b"Zubaida")
        s3.create_multipart_upload(Bucket=BUCKET, Key=name)
        for amount in (1, 2):
            refused = body("balance.topped_up", enterprise, about=person.phone, amount_minor=amount, currency="XXX")
            refuse(tables, refused)

    plant_beside()
    run(last=0)
    made = calls["made"]
    assert made > 0
    for call in range(1, made + 1):
        in_memory.put_back(kept)
        plant_beside()
        with pytest.raises(Crash):
            run(last=call)
        assert SweepJobs(tables, ERASURES, RECORDS, SECRET).receipt_of(enterprise, erasure) is None
        run(last=0)
        assert traces(tables, person) == set()
        left = s3.list_object_versions(Bucket=BUCKET, Prefix=f"{enterprise}/")
        assert not {"Versions", "DeleteMarkers"} & left.keys()
        assert not s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads")


@pytest.mark.parametrize("late", [False, True], ids=["before", "late"])
def test_of_an_import_the_figures_are_left(
    tables: DynamoDBClient, known: Books, person: Planted, workflow: Workflow, *, late: bool
) -> None:
    """Also of one who was never verified: the figures are books, even if only grants are among them."""

    def told() -> None:
        about = {"name": person.name, "preferences": {"note": person.note}, "consent": {person.note: True}}
        figures = {"grants": [{"grant_id": "spring", "amount_minor": 70}], "lifetime_spend_minor": 900}
        ids = list(person.provider_ids)
        known.post(
            "customer.imported", about=person.phone, source="old-pos", provider_customer_ids=ids, **about, **figures
        )
        history = {"included_in": "old-pos", "at": NOON, "currency": "QAR"}
        known.post("purchase.completed", about=person.phone, purchase_id="h-1", amount_minor=900, **history)

    if late:
        known.post("balance.topped_up", about=person.phone, amount_minor=1, currency="QAR")
        known.post("balance.spent", about=person.phone, amount_minor=1, currency="QAR")
    else:
        told()
    customer_id = known.customer(person.phone).customer_id
    erasure = erase(tables, known.enterprise, customer_id)
    if late:
        told()
        assert person.name not in json.dumps(known.rows(RECORDS), default=repr)
    job = workflow.run(known.enterprise, erasure)
    assert job.outcome == "anonymized"
    assert traces(tables, person) == set()
    compared = known.rebuild.compare(known.enterprise, customer_id, "QAR")
    assert compared.differences == ()
    assert (compared.profile.locked.at(NOON), compared.profile.activity.lifetime_spend_minor) == (70, 900)
    (entry,) = [row for row in known.rows(RECORDS) if row.get("type") == {"S": "customer.imported"}]
    assert json.loads(entry["detail"]["S"]) == {
        "source": "old-pos",
        "grants": [{"grant_id": "spring", "amount_minor": 70}],
        "lifetime_spend_minor": 900,
    }
    assert "scrubbed" not in entry
    with pytest.raises(CannotApply, match="source"):
        known.post("customer.imported", about={"customer_id": customer_id}, source="old-pos", spendable_minor=5)
    # What has been counted is taken back from an anonymised customer too.
    known.post("purchase.completed", about={"customer_id": customer_id}, purchase_id="l-1", amount_minor=40)
    again = {"purchase_id": "l-1", "amount_minor": 40, "included_in": "old-pos"}
    known.post("purchase.completed", about={"customer_id": customer_id}, **again)
    compared = known.rebuild.compare(known.enterprise, customer_id, "QAR")
    assert (compared.differences, compared.profile.activity.lifetime_spend_minor) == ((), 900)


@pytest.mark.parametrize("spoilt", ["detail", "hash_offset", "scrubbed"])
def test_the_checksum_of_the_ledger_survives_the_sweep_and_covers_what_is_left(
    tables: DynamoDBClient, known: Books, person: Planted, workflow: Workflow, spoilt: str
) -> None:
    customer_id = plant(known, person)
    known.post("customer.registered", about=person.twin_phone, name=person.name, fact_id="twin")
    merge(known, customer_id, known.customer(person.twin_phone).customer_id)
    erasure = erase(tables, known.enterprise, customer_id)
    for sweep in workflow.sweeps:
        for _ in sweep.pages(workflow.jobs.read(known.enterprise, erasure)):
            assert known.rebuild.compare(known.enterprise, customer_id, "QAR").differences == ()
    known.post("customer.registered", about=person.phone, at=NOON, fact_id="late")
    assert known.rebuild.compare(known.enterprise, customer_id, "QAR").differences == ()
    (entry,) = [row for row in known.rows(RECORDS) if row["sk"]["S"].endswith("#twin")]
    others = {"detail": {"detail": {"S": '{"name":"Z"}'}}}.get(spoilt, {})
    left = {name: value for name, value in entry.items() if name != spoilt}
    tables.put_item(TableName=RECORDS, Item={**left, **others})
    with pytest.raises(ValidationError, match="an entry that was altered"):
        known.rebuild.compare(known.enterprise, customer_id, "QAR")
