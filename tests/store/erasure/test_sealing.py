"""A receipt that says that all is gone is signed when all is gone, and not before: store by store."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import jwt
import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.domain.canonical_json import canonical_json
from customers.domain.erasure.receipt import CONSISTENT, LISTED
from customers.domain.identifiers.address import CustomerId
from customers.domain.identifiers.pseudonym import named
from customers.domain.refusals import Conflict
from customers.store.aws.signing import SigningKey
from customers.store.customers.copy_leads import Copies
from customers.store.dynamodb.items import Item
from customers.store.erasure.sweep_aliases import AliasesSweep
from customers.store.erasure.sweep_copies import CopiesSweep
from customers.store.erasure.sweep_files import FilesSweep
from customers.store.erasure.sweep_history import HistorySweep
from customers.store.erasure.sweep_jobs import SweepJob
from customers.store.erasure.sweep_refused_facts import RefusedFactsSweep
from customers.store.refused_facts.rows import Mark, fact_row, lead_row
from customers.store.stats.derived_rows import Note, note_row
from customers.wire.facts.refused_facts import read_refused_fact
from tests.support.books import DERIVED, RECORDS, SECRET, Books
from tests.support.dynamodb.worlds import keep, put_back
from tests.support.erasure.sweeping import (
    ACTIVITY,
    BUCKET,
    LINKS,
    RECEIPTS,
    SESSIONS,
    Planted,
    Workflow,
    erase,
    plant,
    plant_copy,
)
from tests.support.facts import LATER, body
from tests.support.held.consistent import FROM_INDEX
from tests.support.identity.merging import merge
from tests.support.refused import REFUSED_FACTS, letter


class Erased:
    """A person who is erased and swept, all but the seal."""

    def __init__(self, books: Books, workflow: Workflow, outcome: str) -> None:
        self.books, self.workflow, self.person = books, workflow, Planted()
        self.id = plant(books, self.person, verified=outcome == "anonymized")
        books.post("customer.registered", about=self.person.twin_phone, name=self.person.name)
        self.twin = books.customer(self.person.twin_phone).customer_id
        merge(books, self.id, self.twin)
        self.erasure = erase(books.client, books.enterprise, self.id)
        for sweep in workflow.sweeps:
            for _ in sweep.pages(self.job):
                pass

    @property
    def job(self) -> SweepJob:
        return self.workflow.jobs.read(self.books.enterprise, self.erasure)

    def seal(self) -> tuple[str, Any]:
        """What comes of it, and what the receipt says, if there is one."""
        outcome = self.workflow.sealing.seal(self.job, LATER)
        signed = self.workflow.jobs.receipt_of(self.books.enterprise, self.erasure)
        return outcome, jwt.decode(signed, options={"verify_signature": False}) if signed else None

    def put(self, table: str, **row: Any) -> None:
        self.books.client.put_item(TableName=table, Item=row)

    def record(self, customer_id: str, sk: str, **row: Item) -> None:
        self.put(RECORDS, pk={"S": f"{self.books.enterprise}#{customer_id}"}, sk={"S": sk}, **row)

    def copy(self, table: str, copies: Copies, customer_id: str) -> None:
        plant_copy(self.books, table, copies, customer_id, "anything")

    def leads_to_nothing(self) -> None:
        self.copy(LINKS, "links", self.id)
        self.books.client.delete_item(TableName=LINKS, Key={"pk": {"S": "anything"}})

    def noted(self, note: Note) -> None:
        self.put(DERIVED, **note_row(self.books.enterprise, self.id, note))


@pytest.fixture(scope="module", params=["anonymized", "hard_deleted"])
def erased(request: pytest.FixtureRequest, tables: DynamoDBClient, key: SigningKey, bucket: Any) -> Iterator[Erased]:
    kept = keep()
    yield Erased(Books(tables, request.param), Workflow(tables, key), request.param)
    put_back(kept)


@pytest.fixture(autouse=True)
def as_it_was(erased: Erased) -> Iterator[None]:
    kept = keep()
    yield
    put_back(kept)


def _file(e: Erased) -> None:
    boto3.client("s3").put_object(Bucket=BUCKET, Key=f"{e.books.enterprise}/{e.twin}/exp_1.zip", Body=b"Zubaida")


def _upload(e: Erased) -> None:
    boto3.client("s3").create_multipart_upload(Bucket=BUCKET, Key=f"{e.books.enterprise}/{e.id}/exp_2.zip")


def _refused_fact(e: Erased) -> None:
    """One that a consumer put there without looking at the mark. No consumer does."""
    refused = body("customer.registered", e.books.enterprise, about=e.person.phone, name=e.person.name)
    about = read_refused_fact(refused, "QA")
    assert about
    names = [named(SECRET, e.books.enterprise, each) for each in about.about]
    row = fact_row(e.books.enterprise, letter(refused), about, names)
    e.put(REFUSED_FACTS, **row)
    for name in names:
        e.put(REFUSED_FACTS, **lead_row(e.books.enterprise, name, row))


def _no_mark(e: Erased) -> None:
    """An address whose mark is missing, so that a fact about it could still be kept."""
    name = named(SECRET, e.books.enterprise, CustomerId(e.id))
    e.books.client.delete_item(TableName=REFUSED_FACTS, Key=Mark(e.books.enterprise, name).key)


SAID = {"type": {"S": "preferences.updated"}, "detail": {"S": '{"preferences":{"note":"blue orchid allergy"}}'}}
AT = "2024-06-01T12:00:00.000000Z"
LEFT: dict[str, tuple[str, Callable[[Erased], None]]] = {
    "what she said": ("ledger", lambda e: e.record(e.id, f"ledger#{AT}#f-1", **SAID)),
    "what the twin said": ("ledger", lambda e: e.record(e.twin, f"ledger#{AT}#f-2", **SAID)),
    "an export's note": ("export", lambda e: e.record(e.id, "export", export_id={"S": "exp_1"})),
    "the twin's phone": (
        "absorbed",
        lambda e: e.record(e.id, f"absorbed#{e.twin}", phone={"S": e.person.twin_phone}, merged_at={"S": AT}),
    ),
    "an answer": ("answers", lambda e: e.copy(RECEIPTS, "answers", e.id)),
    "a session of the twin's": ("sessions", lambda e: e.copy(SESSIONS, "sessions", e.twin)),
    "a link": ("links", lambda e: e.copy(LINKS, "links", e.id)),
    "words of an administrator": ("activity", lambda e: e.copy(ACTIVITY, "activity", e.id)),
    "a row that leads to what is gone": ("", lambda e: e.leads_to_nothing()),
    "a word to be found by": ("", lambda e: e.noted(Note(revision=9, terms=("word#zubaida",), phone=e.person.phone))),
    "a phone to be found by": ("", lambda e: e.noted(Note(revision=9, phone=e.person.phone))),
    "a file": ("exports", _file),
    "a part of a file": ("", _upload),
    "a refused fact": ("refused_facts", _refused_fact),
    "an address without a mark": ("", _no_mark),
}


@pytest.mark.slow
@pytest.mark.parametrize("left", LEFT)
def test_as_long_as_anything_is_left_anywhere_nothing_is_signed(erased: Erased, left: str) -> None:
    store, put = LEFT[left]
    put(erased)
    assert erased.seal() == ("left", None)
    for sweep in erased.workflow.sweeps:
        for _ in sweep.pages(erased.job):
            pass
    outcome, receipt = erased.seal()
    assert outcome == "done"
    # And what went in the second round is in it.
    assert not store or sum(each["count"] for deed, each in receipt["stores"][store].items() if deed != "kept") > 0


def test_an_operator_has_to_look_when_the_rest_does_not_go_by_itself(erased: Erased) -> None:
    """As `docs/architecture.md` says: after twelve times."""
    LEFT["what she said"][1](erased)
    outcomes = [erased.seal() for _ in range(13)]
    assert outcomes == [*[("left", None)] * 11, ("stuck", None), ("left", None)]


SWEEPS: list[Any] = [HistorySweep, AliasesSweep, CopiesSweep, FilesSweep, RefusedFactsSweep]


@pytest.mark.parametrize("sweep", SWEEPS, ids=lambda each: each.__name__)
def test_every_check_that_a_receipt_rests_on_is_exact(sweep: Any) -> None:
    """In memory every read fails that may miss a write, but those of `FROM_INDEX`."""
    assert not any(each.startswith(f"{sweep.__name__}.") for each in FROM_INDEX)
    assert set(sweep.checks.values()) <= {CONSISTENT, LISTED}


def test_a_receipt_has_a_check_for_every_sweep_that_the_workflow_makes(erased: Erased) -> None:
    _, receipt = erased.seal()
    checked = [set(each.checks) for each in SWEEPS]
    assert set(receipt["checks"]) == set().union(*checked)
    assert sum(map(len, checked)) == len(receipt["checks"])


def test_a_receipt_is_for_good(erased: Erased) -> None:
    _, receipt = erased.seal()
    assert receipt
    with pytest.raises(Conflict):
        erased.workflow.jobs.finish(erased.job, "another")
    rows = keep()
    for erasure in (erased.erasure, "era_of_nobody"):
        erased.workflow.jobs.fail(erased.books.enterprise, erasure)
    # Nobody has to look after what is done, nor after what never was.
    assert keep() == rows
    assert erased.seal() == ("done", receipt)


def test_who_was_overtaken_by_a_sweep_does_not_sign_what_it_had_read(erased: Erased) -> None:
    """The other one has taken something away that this receipt would not tell of."""
    outdated = erased.job
    erased.copy(RECEIPTS, "answers", erased.id)
    for _ in erased.workflow.copies.pages(erased.job):
        pass
    with pytest.raises(Conflict):
        erased.workflow.sealing.seal(outdated, LATER)
    # That, and the answer of the merge.
    assert erased.seal()[1]["stores"]["answers"]["removed"]["count"] == 2


def test_with_a_backup_the_receipt_proves_what_was_there(erased: Erased) -> None:
    """Of what went a chain, of what stays a hash: both of the rows themselves, in the order of their keys."""
    gone = [{"pk": {"S": "anything"}}, {"message": {"S": "m-1"}}]
    before = erased.job
    for row in gone:
        before = erased.workflow.jobs.commit(before, before.more(SECRET, "planted", "removed", [row]))
    stores = erased.seal()[1]["stores"]
    chain, key = "", SECRET(f"receipt#{before.enterprise}#{before.erasure_id}")
    for row in gone:
        of = hmac.new(key, canonical_json(row).encode(), "sha256").hexdigest()
        chain = hashlib.sha256(f"{chain}{of}".encode()).hexdigest()
    assert stores["planted"]["removed"] == {"count": 2, "print": chain}
    kept = [row for row in erased.books.rows(RECORDS) if row["sk"]["S"].startswith("purchase#")]
    told = "".join(
        canonical_json({name: row[name] for name in row if name not in ("counted", "uncounted")}) + "\n" for row in kept
    )
    expected = {"count": len(kept), "sha256": hashlib.sha256(told.encode()).hexdigest()}
    assert stores.get("purchase", {}).get("kept") == (expected if kept else None)
    assert bool(kept) == (erased.job.outcome == "anonymized")
    assert erased.person.found_in(json.dumps(stores)) == set()
