"""A person is planted in every place that the system has, and erased. Then everything is looked through."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import pytest

from tests.e2e.conftest import Enterprise, eventually
from tests.support.stack.everywhere import everywhere

PATIENCE = 240.0
HASHES = ("sha256", "sha1", "md5", "sha512", "sha3_256", "blake2b")


class Person:
    """Everything of theirs that the system is told, each of it found nowhere else."""

    def __init__(self) -> None:
        number = f"{uuid.uuid4().int % 10**6:06}"
        self.phone, self.corrected, self.twin = f"+97455{number}", f"+97466{number}", f"+97433{number}"
        self.name, self.twin_name = f"Zubaida{number} Quillfeather{number}", f"Zaynab{number}"
        self.provider_id, self.unlinked_id = f"pos-zq-{number}", f"kiosk-zq-{number}"
        self.note = f"blue orchid allergy {number}"
        self.basket = f"order-of-zq-{number}"
        self.reason = f"Zubaida{number} wrote a letter"
        self.card = f"card-zq-{number}"

    def told(self) -> dict[str, list[str]]:
        """By kind, every text in which it could be left: as it is, in other spellings, and hashed without a key."""
        phones = (self.phone, self.corrected, self.twin)
        given = {
            "phone": [
                form for phone in phones for form in (phone, phone[1:], phone[4:], quote(phone), f"00{phone[1:]}")
            ],
            "name": [self.name, *self.name.split(), self.twin_name],
            "provider id": [self.provider_id, self.unlinked_id],
            "note": [self.note],
            "basket": [self.basket],
            "reason": [self.reason],
            "card": [self.card],
        }
        return {
            kind: [*map(str.lower, texts), *(each for text in texts for each in _hashed(text))]
            for kind, texts in given.items()
        }


def _hashed(text: str) -> Iterator[str]:
    for spelling in {text, text.lower()}:
        for name in HASHES:
            digest = hashlib.new(name, spelling.encode()).digest()
            yield digest.hex()
            yield base64.b64encode(digest).decode().rstrip("=").lower()
        yield base64.b64encode(spelling.encode()).decode().rstrip("=").lower()


@pytest.fixture
def traces(aws: Callable[[str], Any]) -> Callable[[Person], dict[str, set[str]]]:
    """The kinds that are found of a person, by place."""

    def act(person: Person) -> dict[str, set[str]]:
        told, found = person.told(), dict[str, set[str]]()
        for where, text in everywhere(aws):
            lower = text.lower()
            for kind, texts in told.items():
                if any(each in lower for each in texts):
                    found.setdefault(where, set()).add(kind)
        return found

    return act


class Planted:
    """Puts the person everywhere, by the ways that the system has: the bus, the tills' and the officers' operations."""

    def __init__(self, shop: Enterprise, person: Person) -> None:
        self.shop, self.person = shop, person
        self.id = ""

    def publish(self, kind: str, phone: str = "", **said: Any) -> None:
        self.shop.publish(kind, phone or self.person.phone, **said)

    def send(self, method: str, path: str, *permissions: str, **body: Any) -> Any:
        token = self.shop.admin(*permissions) if permissions else None
        headers = {"Idempotency-Key": f"{self.person.card}-{uuid.uuid4()}"}
        # Where a request names a customer, the officer's words are theirs.
        if permissions and self.id and self.id in path:
            headers["Audit-Reason"] = self.person.reason
        answer = self.shop.send(method, path, token, headers, **body)
        assert answer.status_code < 300, (method, path, answer.text)
        return answer.json()["data"]

    def found(self, phone: str) -> Any:
        return self.shop.get(f"/customers/lookup?phone={quote(phone)}").json()["data"]

    def by_facts(self) -> None:
        person, money = self.person, {"currency": "QAR"}
        self.publish("customer.registered", name=person.name, member_since="2024-01-01T00:00:00Z")
        self.publish("customer.verified")
        self.publish("provider_id.linked", provider_customer_id=person.provider_id)
        self.publish("provider_id.linked", provider_customer_id=person.unlinked_id)
        self.publish(
            "provider_id.unlinked", provider_customer_id=person.unlinked_id, occurred_at="2026-11-01T11:00:00Z"
        )
        self.publish("preferences.updated", preferences={"note": person.note})
        self.publish("consent.updated", consent={person.note: True})
        self.publish("promo.granted", grant_id="g-1", amount_minor=700, **money)
        self.publish("balance.topped_up", amount_minor=5000, **money)
        self.publish("balance.spent", amount_minor=5000, **money)
        self.publish("purchase.completed", purchase_id="p-1", amount_minor=1000, branch_id=self.shop.branch, **money)
        self.publish("customer.registered", person.twin, name=person.twin_name)
        self.shop.wait_until_applied()
        self.id = self.send("POST", "/identify", json={"phone": person.phone})["customer_id"]

    def at_the_till(self) -> None:
        person = self.person
        event = {"event_type": "feedback", "attributes": {"text": person.note, "name": person.name}}
        self.send("POST", f"/customers/{quote(person.phone, safe='')}/events", json=event)
        scan = {"event_type": "loyalty_card_scan", "attributes": {"card_id": person.card}}
        session = self.send("POST", "/checkout/sessions", json={"basket_reference": person.basket, "events": [scan]})[
            "session_id"
        ]
        for address in ({"phone": person.phone}, {"provider_customer_id": person.provider_id}):
            self.send("POST", f"/checkout/sessions/{session}/identify", json=address)

    def by_officers(self) -> None:
        person, path = self.person, f"/customers/{self.id}"
        twin = self.send("POST", "/identify", json={"phone": person.twin})["customer_id"]
        merge = {"absorbed_customer_id": twin}
        self.send("POST", f"{path}/merge", "customer:MERGE", json={**merge, "validate_only": True})
        self.send("POST", f"{path}/merge", "customer:MERGE", json=merge)
        self.send("POST", "/customers/search", "customer:SEARCH", json={"query": "zubaida"})
        self.send("GET", f"{path}/context", "customer:CONTEXT")
        self.send("PATCH", path, "customer:UPDATE", json={"phone": person.corrected})
        self.send("GET", "/activity", "activity:READ")
        eventually(lambda: "download_url" in self.send("GET", f"{path}/export", "customer:EXPORT"), PATIENCE)

    def refused(self) -> None:
        """By the phone of before, by the present one, by a provider's id, and in words of its own."""
        person, wrong = self.person, {"amount_minor": 1, "currency": "XXX"}
        for phone in (person.phone, person.corrected, person.twin):
            self.publish("balance.topped_up", phone, name=person.name, note=person.note, **wrong)
        for address in (person.provider_id, person.unlinked_id):
            self.shop.publish("no.such_type", customer={"provider_customer_id": address}, name=person.name)


def test_of_a_person_who_was_everywhere_nothing_is_left_anywhere(
    enterprise: Enterprise,
    aws: Callable[[str], Any],
    stack: Mapping[str, Any],
    traces: Callable[[Person], dict[str, set[str]]],
) -> None:
    person = Person()
    planted = Planted(enterprise, person)
    planted.by_facts()
    planted.at_the_till()
    planted.by_officers()
    planted.refused()

    def places() -> dict[str, set[str]]:
        """By the role of each table, and the bucket."""
        names = {f"table {name}": role for role, name in stack["tables"].items()}
        names[f"bucket {stack['exports_bucket']}"] = "exports"
        return {names.get(where, where.rpartition("-")[0] or where): kinds for where, kinds in traces(person).items()}

    def is_everywhere() -> bool:
        held = places()
        wanted = {"customers", "records", "derived", "receipts", "sessions", "refused_facts", "exports"}
        return wanted <= held.keys() and any("reason" in kinds for kinds in held.values())

    eventually(is_everywhere, PATIENCE)
    before = places()
    kinds = set().union(*before.values())
    assert kinds == set(person.told()), f"not planted: {set(person.told()) - kinds}"
    links = aws("dynamodb").scan(TableName=stack["tables"]["verifications"], ConsistentRead=True)["Items"]
    assert [row for row in links if row.get("customer_id") == {"S": planted.id}], "no link was sent"
    # A word that nobody may find of them: a log line, a workflow, a configuration, a message.
    assert {where for where in before if where.startswith(("log", "workflow", "function"))} == set()
    print({where: sorted(kinds) for where, kinds in sorted(before.items())})

    key = {"Idempotency-Key": str(uuid.uuid4()), "Audit-Reason": person.reason}
    answer = eventually(
        lambda: (
            (
                reply := enterprise.send("DELETE", f"/customers/{planted.id}", enterprise.admin("customer:DELETE"), key)
            ).status_code
            != 409
            and reply
        ),
        PATIENCE,
    )
    assert answer.status_code == 200, answer.text
    erasure_id = answer.json()["data"]["erasure_id"]

    def receipt() -> Any:
        shown = enterprise.get(f"/erasures/{erasure_id}", enterprise.admin("erasure:READ")).json()["data"]
        return shown["receipt"]

    told = eventually(receipt, PATIENCE)
    assert set(told["checks"]) >= {"records", "answers", "sessions", "links", "activity", "exports", "refused_facts"}
    assert not [how for how in told["checks"].values() if "index" in how]
    # The export was gone before the answer.
    for store in ("ledger", "events", "answers", "sessions", "links", "refused_facts", "activity"):
        assert sum(each["count"] for action, each in told["stores"][store].items() if action != "kept") > 0, store
    # A message that was looked at is hidden for two seconds.
    eventually(lambda: not traces(person), 60)
    assert json.dumps(told).lower().find(person.name.split()[0].lower()) == -1
