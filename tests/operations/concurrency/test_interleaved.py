"""Any two operations at once give the same rows and answers as one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import boto3
import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.domain.identity.verification import Link, token_hash
from customers.store.aws.signing import SigningKey
from customers.store.customers.snapshot_invalidation import departed_key
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.reads import get_all
from customers.store.dynamodb.transactions import commit
from customers.store.identity.verification_requests import VerificationRequests
from tests.operations.concurrency import acts
from tests.operations.concurrency.seen import change, expected, seen
from tests.operations.concurrency.world import FORMER, FREE, LATELY, OMAR, SWEEPS, TOKEN, TWIN, World
from tests.operations.conftest import LAYLA, MONEY, NAME, Shop
from tests.support.books import RECORDS, Books
from tests.support.dynamodb.interleaving import Act, Laid
from tests.support.dynamodb.worlds import NOW, keep, put_back, stopped
from tests.support.erasure.sweeping import BUCKET, Workflow
from tests.support.exports import create_exports
from tests.support.identity.verifying import asked, verifications
from tests.support.recording import id_of
from tests.support.sessions import identify, opened
from tests.support.thorough import only

pytestmark = pytest.mark.slow

ENTERPRISE = "11111111-2222-3333-4444-555555555555"
DAY = timedelta(days=1)


def workflow(tables: DynamoDBClient) -> Workflow:
    kms = boto3.client("kms", region_name="us-east-1")
    s3 = boto3.client("s3", region_name="us-east-1")
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    s3.create_bucket(Bucket=BUCKET)
    return Workflow(connect(), SigningKey(kms, key))


@pytest.fixture(scope="module")
def people(tables: DynamoDBClient) -> World:
    create_exports()
    shop = Shop(ENTERPRISE)
    world = World(shop, Books(tables, ENTERPRISE), workflow(tables))
    with stopped():
        shop.told("enterprise.configured", name="Test", currency="QAR", home_region="QA")
        for number, (phone, name) in enumerate(((FORMER, "Omar Said"), (TWIN, "L. Hassan"), (LAYLA, NAME))):
            shop.told("customer.registered", phone, name=name, occurred_at=f"2026-11-01T09:00:0{number}Z")
            shop.told("promo.granted", phone, grant_id="g-1", amount_minor=700, **MONEY)
            shop.told("purchase.completed", phone, purchase_id="p-1", amount_minor=1000, **MONEY)
        shop.told("customer.verified", LAYLA)
        shop.told("balance.topped_up", TWIN, amount_minor=500, **MONEY)
        for number, (phone, provider_id) in enumerate(((LAYLA, "pos-l1"), (LAYLA, "pos-l2"), (TWIN, "pos-t"))):
            at = f"2026-11-01T10:00:0{number}Z"
            shop.told("provider_id.linked", phone, provider_customer_id=provider_id, occurred_at=at)
        world.layla, world.twin, world.omar = (id_of(tables, shop, phone) for phone in (LAYLA, TWIN, FORMER))
        world.session, world.identified = opened(shop), opened(shop, {"events": [{"event_type": "check_in"}]})
        assert identify(shop, world.identified).status == 200
        assert world.office("PATCH", world.omar, phone=OMAR)[0] == 200
        assert world.fact("customer.verified", OMAR, LATELY) == "applied"
        verification = asked(TWIN, NOW - DAY / 2)
        requests = VerificationRequests.connect().writes(ENTERPRISE, world.twin, verification, NOW, 9)
        commit(tables, requests)
        link = Link(ENTERPRISE, world.twin, verification.id)
        verifications(tables).add_link(token_hash(TOKEN), link, NOW + DAY)
        world.departed = get_all(tables, RECORDS, [departed_key(ENTERPRISE)])[0]["mark"]
    return world


def merging(w: World) -> None:
    """One purchase of the twin's has been counted and put right since, another one is not counted yet."""
    assert w.derive(w.twin, "purchase#p-1") == []
    for number, amount in (("p-1", 800), ("p-2", 50)):
        at = "2026-11-01T11:00:00Z"
        w.shop.told("purchase.completed", TWIN, purchase_id=number, amount_minor=amount, occurred_at=at, **MONEY)
    assert w.office("POST", w.layla, "/merge", absorbed_customer_id=w.twin)[0] == 200


def waiting(w: World) -> None:
    w.erasures.append(w.put_off(w.twin)[1]["erasure_id"])


def settled(w: World) -> None:
    waiting(w)
    assert w.fact("balance.settled", TWIN, amount_minor=500, **MONEY) == "applied"


def erased(w: World) -> None:
    assert w.fact("balance.settled", TWIN, amount_minor=500, **MONEY) == "applied"
    merging(w)
    w.erasures.append(w.office("DELETE", w.layla)[1]["erasure_id"])


def deleted(w: World) -> None:
    """A wallet with a grant, under the number that Layla has given up: nothing of it stays."""
    assert w.office("PATCH", w.layla, phone=FREE)[0] == 200
    assert w.fact("promo.granted", LAYLA, LATELY, grant_id="g-9", amount_minor=300, **MONEY) == "applied"
    w.wallet = id_of(w.books.client, w.shop, LAYLA)
    assert w.derive(w.wallet) == []
    w.erasures.append(w.office("DELETE", w.wallet)[1]["erasure_id"])


def swept(w: World) -> None:
    erased(w)
    for each in SWEEPS:
        assert w.step(each) == "swept"


WORLDS: dict[str, tuple[Callable[[World], object], Callable[[World], dict[str, Act]], datetime]] = {
    "people": (lambda _: None, acts.of_people, NOW),
    "merging": (merging, acts.of_merging, NOW),
    "waiting": (waiting, acts.of_waiting, NOW),
    "waiting in vain": (waiting, acts.of_waiting, NOW + 30 * DAY),
    "settled": (settled, acts.of_waiting, NOW),
    "erased": (erased, acts.of_erased, NOW),
    "deleted": (deleted, acts.of_deleted, NOW),
    "swept": (swept, acts.of_swept, NOW),
}
NEVER_BETWEEN = {
    "a name",
    "another's provider id",
    "a new provider id",
    "a release",
    "what is late at a former number",
    "her name corrected",
    "her phone corrected, to a free one",
    "back to the former phone",
    "another link to verify",
    "the twin's erasure put off",
    "she merged into Omar",
    "an event",
    "a session identified",
    "a session identified again",
    "an export",
    "her sums brought up to date",
    "the twin's sums brought up to date",
    "aliases swept",
    "copies swept",
    "late money",
    "somebody new at her number",
    "the seal",
}
"""They write what one of the others writes too: to let them in between as well would take long and show no more."""
DERIVING = {"her sums brought up to date", "the twin's sums brought up to date", "the sums brought up to date"}
QUICK = ("merging", "erased")
ONLY_BETWEEN = {
    "Omar's phone corrected, to a free one, and back",
    "Omar's phone corrected, to the former one, and back",
    "the twin settled and erased",
}
"""Two requests each: what comes in between of them is between two acts, and not in one."""


@pytest.fixture(scope="module")
def laid(people: World) -> Iterator[Callable[[str], Laid]]:
    """Worlds, each laid down the first time that it is asked for."""
    there, made = keep(), dict[str, Laid]()

    def lay(name: str) -> Laid:
        if name not in made:
            put_back(there)
            WORLDS[name][0](people)
            made[name] = Laid(WORLDS[name][1](people), DERIVING)
        return made[name]

    yield lay
    put_back(there)


@pytest.mark.parametrize("name", only(WORLDS, *QUICK))
def test_any_interleaving_equals_a_serial_order(laid: Callable[[str], Laid], name: str) -> None:
    with stopped() as clock:
        there = laid(name)
        clock(WORLDS[name][2])
        for act in sorted(there.acts.keys() - ONLY_BETWEEN):
            # The same once more, too: a request or a fact in two hands. Of exports both make one.
            for other in sorted(({act} - {"an export"}) | there.acts.keys() - NEVER_BETWEEN):
                if there.meet(act, other):
                    wrong = there.wrong(act, other)
                    assert not wrong, f"{other}, between what {act} reads and writes:\n" + "\n\n".join(wrong)


@pytest.mark.parametrize("name", only(WORLDS, *QUICK))
def test_whatever_is_done_is_done_whole(laid: Callable[[str], Laid], people: World, name: str) -> None:
    """Every reader sees what it should, and nothing that it should not."""
    found: list[str] = []
    with stopped() as clock:
        there = laid(name)
        clock(WORLDS[name][2])
        there.lay()
        before = seen(people)
        for act in there.acts:
            there.after(act)
            found += [f"{name}: {act}", *change(before, seen(people))]
    assert found == [line for act, lines in expected().items() if act.startswith(f"{name}: ") for line in (act, *lines)]
