"""An export holds everything that is stored under a person, table by table: each attribute is in it, or on the list.

The list is a table of docs/privacy.md, which says why. What line an attribute is in is said here once more, of rows
as they lie in their tables.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient
from mypy_boto3_s3 import S3Client

from customers.domain.customers.packing import unpack_instants, unpack_pairs
from customers.domain.identity.verification import Link
from customers.domain.instants import sortable_instant
from customers.domain.stats.customer_refs import CustomerRef
from customers.store.records.absorbed_rows import absorbed_ids
from customers.store.records.keys import record_key
from customers.store.stats.reconciler import Reconciler
from tests.operations.conftest import LAYLA, MONEY, PROVIDER_ID, Shop
from tests.operations.export.test_export import BUCKET, export, key_of
from tests.operations.identity.test_correct import TYPO, correct
from tests.operations.identity.test_merge import TWIN, merge
from tests.operations.identity.test_not_the_same import say
from tests.support.dynamodb import in_memory
from tests.support.exports import Unpacked, unpacked
from tests.support.http.gateway import call
from tests.support.identity.verifying import verifications
from tests.support.recording import forget, id_of, record
from tests.support.refused import letter, refused_facts
from tests.support.sessions import SCAN, identify, opened
from tests.support.tables import ROOT, template

pytestmark = pytest.mark.slow

OTHER = "+97450000017"
Row = dict[str, Any]
Attribute = tuple[str, str, str]
"""Of which table, of which kind of row, and its name."""


def plain(value: Any) -> Any:
    """What DynamoDB's JSON says."""
    ((kind, said),) = value.items()
    match kind:
        case "N":
            return int(said)
        case "L":
            return [plain(each) for each in said]
        case "M":
            return {name: plain(each) for name, each in said.items()}
        case _:
            return said


class Stored:
    """All rows under a person, wherever they lie, and which of their attributes have been looked at."""

    def __init__(self, tables: DynamoDBClient, *names: str) -> None:
        """Found by the names of the person: the customer id, and those of absorbed customers among others."""
        self._customer_id = names[0]
        self.rows: dict[tuple[str, str], list[Row]] = {}
        self._looked_at: set[Attribute] = set()
        for table in tables.list_tables()["TableNames"]:
            for page in tables.get_paginator("scan").paginate(TableName=table):
                for row in page["Items"]:
                    if any(name in json.dumps(row, default=bytes.hex) for name in names):
                        kind = (table.removesuffix("Table"), kind_of(row))
                        self.rows.setdefault(kind, []).append({name: plain(value) for name, value in row.items()})

    def of(self, table: str, kind: str) -> list[Row]:
        """Sorted. Of two rows with one sort key the survivor's own comes first."""
        own = f"#{self._customer_id}"
        return sorted(self.rows[table, kind], key=lambda row: (row.get("sk", ""), not row["pk"].endswith(own)))

    def look(self, table: str, kind: str, row: Row, name: str) -> Any:
        """The value of an attribute, which is in the export then; None where the row has it not."""
        self._looked_at.add((table, kind, name))
        return row.get(name)

    def left_out(self) -> set[Attribute]:
        all_of_them = {(*kind, name) for kind, rows in self.rows.items() for row in rows for name in row}
        return all_of_them - self._looked_at


def kind_of(row: Row) -> str:
    """As docs/privacy.md calls them."""
    if "body" in row:
        return "fact"
    parts = row["pk"]["S"].split("#")
    if "sk" not in row:
        if "fingerprint" in row:
            return "answer"
        if "leads_to" in row:
            return "lead"
        if "verification_id" in row or parts[1] == "links":
            return "link"
        if "context" in row:
            return "session"
        if "outcome" in row and "subject" in row:
            return "entry"
        return "copy" if parts[1] in ("provider", "customer") else "customer"
    if "merged_into" in row:
        return "lead"
    parts[1] = parts[1].removeprefix("disabled_")
    if parts[1] in ("fact", "provider", "word", "last4", "phone", "former", "former_phones", "due"):
        return str(parts[1]).removesuffix("_phones")
    return "note" if parts[1] == "customers" else str(row["sk"]["S"]).partition("#")[0]


def listed() -> set[Attribute]:
    """What docs/privacy.md says is left out; `all` of a row's attributes is `*`."""
    page = (ROOT / "docs/privacy.md").read_text()
    _, _, table = page.partition("## What is stored and not in an export")
    found = set()
    for line in re.findall(r"^\| (?!table|---)(.*) \|$", table, re.MULTILINE):
        where, kinds, attributes, why = (cell.strip() for cell in line.split(" | "))
        assert why
        names = ["*"] if attributes == "all" else [each.strip("`") for each in attributes.split(", ")]
        found |= {(where, kind, name) for kind in kinds.split(", ") for name in names}
    return found


@pytest.fixture
def layla(shop: Shop, tables: DynamoDBClient) -> str:
    """A customer with one of everything, who was disabled in the end."""
    shop.told_of_layla()
    shop.told("provider_id.linked", LAYLA, provider_customer_id="kiosk-17-layla")
    shop.told("purchase.completed", LAYLA, purchase_id="p2", amount_minor=4501, branch_id="branch-1", **MONEY)
    shop.told("purchase.refunded", LAYLA, purchase_id="p2", refund_id="r1", amount_minor=1201, **MONEY)
    shop.told("purchase.refunded", LAYLA, purchase_id="p1", refund_id="r2", amount_minor=1, **MONEY)
    figures = {"source": "old-pos", "grants": [{"grant_id": "imported", "amount_minor": 5}], "visit_count": 2}
    shop.told("customer.imported", LAYLA, **figures, provider_customer_ids=[PROVIDER_ID])
    included = {"included_in": "old-pos", "amount_minor": 6, **MONEY}
    shop.told("purchase.completed", LAYLA, purchase_id="p0", **included)
    shop.told("purchase.refunded", LAYLA, purchase_id="p0", refund_id="r0", **included)
    for number, grant in enumerate(("open", "never", "released", "expired")):
        end = {} if grant == "never" else {"expires_at": "2031-01-01T00:00:00.25Z"}
        shop.told("promo.granted", LAYLA, grant_id=grant, amount_minor=701 + number, **MONEY, **end)
    shop.told("promo.released", LAYLA, grant_id="released", occurred_at="2026-11-01T11:00:00.125Z")
    shop.told("promo.expired", LAYLA, grant_id="expired", occurred_at="2026-11-01T12:00:00Z")
    shop.told("consent.updated", LAYLA, consent={"marketing": True, "sms": False}, occurred_at="2026-11-02T10:00:00Z")
    customer_id = id_of(tables, shop)
    shop.told("purchase.completed", TWIN, purchase_id="p1", amount_minor=77, **MONEY)
    shop.told("promo.granted", TWIN, grant_id="open", amount_minor=9, **MONEY)
    assert merge(shop, customer_id, id_of(tables, shop, TWIN)).status == 200
    shop.told("customer.registered", OTHER, name="Layla Hassan")
    assert say(shop, customer_id, id_of(tables, shop, OTHER)).status == 200
    assert correct(shop, customer_id, phone=TYPO).status == 200
    assert correct(shop, customer_id, "back", phone=LAYLA).status == 200
    asked = tables.get_item(TableName="RecordsTable", Key=record_key(shop.enterprise, customer_id, "verification"))
    link = Link(shop.enterprise, customer_id, asked["Item"]["verification_id"]["S"])
    verifications(tables).add_link(f"hash-{link.verification_id}", link, datetime.now(UTC) + timedelta(hours=24))
    shop.told("customer.verified", LAYLA, occurred_at=datetime.now(UTC).isoformat())
    assert identify(shop, opened(shop, {"basket_reference": "basket-1", "events": [SCAN]})).status == 200
    officer = shop.admin("customer:CONTEXT")
    why = {"Audit-Reason": "ticket 4711"}
    assert call("GET", f"/customers/{customer_id}/context", "", officer, headers=why).status == 200
    record(shop)
    record(shop, {"event_type": "feedback", "attributes": {"rating": 4, "comment": "Layla liked it", "more": [1, {}]}})
    # A till's clock runs ahead.
    ahead = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    shop.told("balance.topped_up", LAYLA, amount_minor=3, occurred_at=ahead, **MONEY)
    # Of two purchases one is in the enterprise's sums by now.
    settled = [CustomerRef(shop.enterprise, customer_id), CustomerRef(shop.enterprise, customer_id, "purchase#p1")]
    assert Reconciler.connect().reconcile([*settled, CustomerRef(shop.enterprise, customer_id, "refund#r1")]) == {}
    shop.disabled_layla()
    # It is not in the enterprise's currency.
    refused = {"fact_id": "f-usd", "enterprise_id": shop.enterprise, "amount_minor": 50, "currency": "USD"}
    about = {"occurred_at": "2026-11-01T10:00:00Z", "customer": {"phone": LAYLA}, "memo": "a gift for Layla"}
    told = {"detail-type": "balance.topped_up", "source": "partner.wallet", "detail": {**refused, **about}}
    assert refused_facts(tables).keep(letter(json.dumps(told))) == "listed"
    return customer_id


@pytest.fixture
def person(shop: Shop, tables: DynamoDBClient, bucket: S3Client, layla: str) -> Iterator[tuple[Stored, Unpacked]]:
    """What is stored under her, and what is exported of her. It is not her first export."""
    export(shop, layla)
    shop.told("balance.spent", LAYLA, amount_minor=13, **MONEY)
    reply = export(shop, layla)
    content = bucket.get_object(Bucket=BUCKET, Key=key_of(reply))["Body"].read()
    ids = [layla, *absorbed_ids(tables, "RecordsTable", shop.enterprise, layla)]
    yield Stored(tables, *ids, LAYLA, PROVIDER_ID, "kiosk-17-layla"), unpacked(content)
    forget(tables, shop.enterprise)
    in_memory.forget("RefusedFactsTable", shop.enterprise)


def split(order: str) -> tuple[str, str]:
    """When, and by which fact."""
    at, _, fact_id = order.partition("#")
    return at, fact_id


# ------------------------------------------------------------------------------------------ from rows to lines


def identity(stored: Stored, at: datetime) -> list[Row]:
    (row,) = stored.of("Customers", "customer")
    said = partial(stored.look, "Customers", "customer", row)
    window = (at - timedelta(days=90)).timestamp()
    return [
        {
            "customer_id": said("customer_id"),
            "phone": said("phone"),
            "name": said("name"),
            "state": said("state"),
            "verified": said("verified"),
            "member_since": said("member_since"),
            "provider_customer_ids": said("provider_ids"),
            "activity": {
                "lifetime_spend_minor": said("spend"),
                "visit_count": said("visits"),
                "visit_count_last_90d": sum(instant > window for instant in instants(said("recent"))),
                "last_visit_at": said("last_visit_at"),
            },
            "absorbed": [
                {
                    "customer_id": stored.look("Records", "absorbed", each, "sk").removeprefix("absorbed#"),
                    "phone": stored.look("Records", "absorbed", each, "phone"),
                    "merged_at": stored.look("Records", "absorbed", each, "merged_at"),
                }
                for each in stored.of("Records", "absorbed")
            ],
            "not_the_same": sum(
                len(stored.look("Records", "not_the_same", each, "customer_ids"))
                for each in stored.of("Records", "not_the_same")
                if each["pk"].endswith(said("customer_id"))
            ),
        }
    ]


def instants(packed: bytes) -> list[float]:
    return [instant / 1_000_000 for instant in unpack_instants(packed)]


def balances(stored: Stored, at: datetime) -> list[Row]:
    (row,) = stored.of("Customers", "customer")
    said = partial(stored.look, "Customers", "customer", row)
    ends = {end: amount for end, amount in unpack_pairs(said("locked_ends")) if end > at.timestamp()}
    first = datetime.fromtimestamp(min(ends), UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return [
        {
            "currency": said("currency"),
            "spendable_minor": said("balance"),
            "balance_minor": said("balance"),
            "locked_promo_minor": said("locked") + sum(ends.values()),
            "locked_promo_expires_at": first,
        }
    ]


def consent(stored: Stored, _at: datetime) -> list[Row]:
    (row,) = stored.of("Customers", "customer")
    said = json.loads(stored.look("Customers", "customer", row, "consent"))
    return [{"name": name, "value": value} for name, value in said.items()]


def preferences(stored: Stored, _at: datetime) -> list[Row]:
    (row,) = stored.of("Customers", "customer")
    said = json.loads(stored.look("Customers", "customer", row, "preferences"))
    return [{"name": name, "value": value} for name, value in said.items()]


def history(stored: Stored) -> Iterator[tuple[str, str, str, Row]]:
    """Of each entry its type, its instant, its id, and what it says."""
    for row in stored.of("Records", "ledger"):
        said = partial(stored.look, "Records", "ledger", row)
        source = said("included_in")
        detail = json.loads(said("detail")) | ({"included_in": source} if source else {})
        yield said("type"), *split(said("sk").removeprefix("ledger#")), detail


def ledger(stored: Stored, _at: datetime) -> list[Row]:
    return [
        {"id": fact_id, "type": kind, "occurred_at": at, "detail": detail}
        for kind, at, fact_id, detail in history(stored)
        if not kind.startswith("event.")
    ]


def events(stored: Stored, _at: datetime) -> list[Row]:
    return [
        {
            "event_id": event_id,
            "event_type": kind.removeprefix("event."),
            "occurred_at": at,
            "branch_id": detail.get("branch_id"),
            "recorded_at": detail.get("recorded_at"),
            "session_id": detail.get("session_id"),
            "attributes": detail.get("attributes", {name: detail[name] for name in detail if name != "branch_id"}),
        }
        for kind, at, event_id, detail in history(stored)
        if kind.startswith("event.")
    ]


def transactions(stored: Stored, _at: datetime) -> list[Row]:
    found = []
    for kind in ("purchase", "refund"):
        for row in stored.of("Records", kind):
            said = partial(stored.look, "Records", kind, row)
            at, fact_id = split(said("stamp"))
            found.append(
                {
                    "type": kind,
                    "id": said("sk").removeprefix(f"{kind}#").partition(" ")[0],
                    "amount_minor": said("amount"),
                    "currency": "QAR",
                    "branch_id": said("branch_id"),
                    "occurred_at": at,
                    "fact_id": fact_id,
                    "included": said("included") or False,
                }
            )
    return found


def promo_grants(stored: Stored, _at: datetime) -> list[Row]:
    found = []
    for row in stored.of("Records", "grant"):
        said = partial(stored.look, "Records", "grant", row)
        ends = {end: said(end) for end in ("released", "expired")}
        found.append(
            {
                "grant_id": said("grant_id"),
                "amount_minor": said("amount"),
                "currency": "QAR",
                "status": next((end for end, order in ends.items() if order), "open"),
                "granted_at": split(said("granted"))[0],
                "expires_at": said("expires_at"),
                **{f"{end}_at": split(order)[0] if order else None for end, order in ends.items()},
            }
        )
    return found


def activity(stored: Stored, at: datetime) -> list[Row]:
    """What was asked about the customer and about the absorbed, before the file was made."""
    said = partial(stored.look, "Activity", "entry")
    names = ("operation", "outcome", "at", "last_at", "count")
    rows = sorted(stored.of("Activity", "entry"), key=lambda row: row["at"], reverse=True)
    return [{name: said(row, name) for name in names} for row in rows if datetime.fromisoformat(row["at"]) < at]


def refused(stored: Stored, _at: datetime) -> list[Row]:
    said = partial(stored.look, "RefusedFacts", "fact")
    (row,) = stored.of("RefusedFacts", "fact")
    detail = json.loads(said(row, "body"))["detail"]
    assert detail.pop("customer") == {"phone": LAYLA}
    ends = datetime.fromtimestamp(int(said(row, "ttl")), UTC)
    told = {name: said(row, name) for name in ("type", "source", "fact_id", "reason", "occurred_at", "refused_at")}
    return [{**told, "expires_at": sortable_instant(ends), "detail": detail}]


LINES = {
    **{
        each.__name__: each
        for each in (identity, balances, ledger, promo_grants, transactions, consent, events, preferences, activity)
    },
    "refused_facts": refused,
}

# ------------------------------------------------------------------------------------------ that it is complete


def test_each_file_holds_the_rows_of_its_kind(person: tuple[Stored, Unpacked]) -> None:
    stored, exported = person
    at = datetime.fromisoformat(exported.manifest["created_at"])
    assert exported.files == {name: lines(stored, at) for name, lines in LINES.items()}
    assert {name: len(lines) for name, lines in exported.files.items()} == {
        "identity": 1,
        "balances": 1,
        "ledger": 31,
        "promo_grants": 6,
        "transactions": 7,
        "consent": 2,
        "events": 4,
        "preferences": 1,
        "activity": 6,
        "refused_facts": 1,
    }


def test_every_attribute_of_every_row_is_in_the_export_or_on_the_list(person: tuple[Stored, Unpacked]) -> None:
    stored, _ = person
    for lines in LINES.values():
        lines(stored, datetime.now(UTC))
    (pointer,) = stored.of("Records", "pointer")
    assert stored.look("Records", "pointer", pointer, "phone") == LAYLA
    left_out, on_list = stored.left_out(), listed()
    whole = {(table, kind) for table, kind, name in on_list if name == "*"}
    assert {each for each in left_out if each[:2] not in whole} == {each for each in on_list if each[2] != "*"}
    assert whole == {each[:2] for each in left_out if each[:2] in whole}


def test_what_is_left_out_repeats_what_is_told(person: tuple[Stored, Unpacked]) -> None:
    stored, exported = person
    files, ids = exported.files, {line["id"] for line in exported.files["ledger"]}
    (row,), (pointer,) = stored.of("Customers", "customer"), stored.of("Records", "pointer")
    for copy in stored.of("Customers", "copy"):
        assert {name for name in row if copy.get(name) != row[name]} == {"pk"}
    instants_alone = {name for name in pointer["marks"] if name == "heard" or name.endswith(".own")}
    orders = {order for name, order in pointer["marks"].items() if name not in instants_alone}
    # A merge is named by its instant alone.
    assert {split(order)[1] for order in orders} - {"~"} <= ids
    assert {fact["pk"].split("#", 2)[2] for fact in stored.of("Records", "fact")} <= ids
    assert {each["pk"].split("#", 2)[2] for each in stored.of("Records", "provider")} == set(row["provider_ids"])
    for kind, stamps in (("grant", ("granted", "released", "expired")), ("purchase", ("stamp",))):
        told = [each[order] for each in stored.of("Records", kind) for order in stamps if order in each]
        assert {split(order)[1] for order in told} <= ids
    visits = [datetime.fromisoformat(each["occurred_at"]).timestamp() for each in files["transactions"]]
    assert set(instants(row["recent"])) <= set(visits)


def test_an_answer_that_is_kept_repeats_an_event(person: tuple[Stored, Unpacked]) -> None:
    stored, exported = person
    told = {event["event_id"]: event for event in exported.files["events"]}
    data = [json.loads(answer["answer"])["data"] for answer in stored.of("Receipts", "answer")]
    answers = [each["event"] for each in data if "event" in each]
    assert {answer["event_id"] for answer in answers} < set(told)
    for answer in answers:
        # The answer shows whole seconds.
        repeated = {**told[answer["event_id"]], "customer_id": exported.manifest["customer_id"]}
        assert {**answer, "occurred_at": "", "session_id": None} == {**repeated, "occurred_at": ""}


def test_the_test_has_looked_into_every_table(tables: DynamoDBClient, person: tuple[Stored, Unpacked]) -> None:
    """`Enterprises` holds nobody's data, `Erasures` ids of those who are gone or are to go."""
    named = {name for name, each in template()["Resources"].items() if each["Type"] == "AWS::DynamoDB::Table"}
    assert set(tables.list_tables()["TableNames"]) == named
    looked_at = {f"{table}Table" for table, _ in person[0].rows}
    assert named - looked_at == {"EnterprisesTable", "ErasuresTable"}


def test_an_instant_is_told_as_exactly_as_it_is_kept(person: tuple[Stored, Unpacked]) -> None:
    released = [each["released_at"] for each in person[1].files["promo_grants"] if each["released_at"]]
    assert released == ["2026-11-01T11:00:00.125000Z"]
