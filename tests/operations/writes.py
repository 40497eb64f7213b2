"""Two requests for each operation that writes, which ask different things: `test_every_write` holds all to the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.data_subject_rights import ERASE
from customers.catalogue.duplicates import NOT_THE_SAME
from customers.catalogue.events import RECORD_EVENT
from customers.catalogue.identity import CORRECT, MERGE, UNMERGE
from customers.catalogue.operation import Operation
from customers.catalogue.sessions import IDENTIFY_SESSION, OPEN_SESSION
from customers.edge.auth.principal import Principal
from tests.operations.conftest import LAYLA, Shop
from tests.support.books import Books
from tests.support.http.gateway import Reply, call
from tests.support.http.page import conforms
from tests.support.identity.merging import merge
from tests.support.recording import CHECK_IN, id_of
from tests.support.sessions import OMAR, opened

DUPLICATES = (OMAR, "+97455003344")
"""The phones of two customers who are merged into Layla."""


@dataclass(frozen=True)
class Write:
    """A request that has an effect."""

    operation: Operation[Any]
    path: str
    principal: Principal
    body: object = None
    query: str = ""

    def send(self, key: object, principal: Principal | None = None) -> Reply:
        """Have it answered, under a key (or several, or none)."""
        headers: Any = {} if key is None else {"Idempotency-Key": key}
        who = principal or self.principal
        reply = call(self.operation.method, self.path, self.query, who, headers=headers, body=self.body)
        conforms(self.operation, reply)
        return reply


def _record_event(shop: Shop, _tables: DynamoDBClient) -> tuple[Write, Write]:
    path = f"/customers/{quote(LAYLA, safe='')}/events"
    checked_in, said = (Write(RECORD_EVENT, path, shop.till, body) for body in (CHECK_IN, {"event_type": "feedback"}))
    return checked_in, said


def _erase(shop: Shop, tables: DynamoDBClient) -> tuple[Write, Write]:
    shop.told("balance.settled", LAYLA, amount_minor=12500, currency="QAR")
    shop.told("customer.registered", OMAR, name="Omar Said")
    office = shop.admin("customer:DELETE")
    layla, omar = (Write(ERASE, f"/customers/{id_of(tables, shop, phone)}", office) for phone in (LAYLA, OMAR))
    return layla, omar


def _correct(shop: Shop, tables: DynamoDBClient) -> tuple[Write, Write]:
    path, office = f"/customers/{id_of(tables, shop)}", shop.admin("customer:UPDATE")
    one, other = (Write(CORRECT, path, office, {"phone": phone}) for phone in ("+97433001123", "+97433001124"))
    return one, other


def _merge(shop: Shop, tables: DynamoDBClient) -> tuple[Write, Write]:
    for phone in DUPLICATES:
        shop.told("balance.topped_up", phone, amount_minor=1, currency="QAR")
    path, office = f"/customers/{id_of(tables, shop)}/merge", shop.admin("customer:MERGE")
    ids = [id_of(tables, shop, phone) for phone in DUPLICATES]
    one, other = (Write(MERGE, path, office, {"absorbed_customer_id": each}) for each in ids)
    return one, other


def _unmerge(shop: Shop, tables: DynamoDBClient) -> tuple[Write, Write]:
    one, other = _merge(shop, tables)
    for phone in DUPLICATES:
        # Without the request, which would leave an entry in the activity log.
        merge(Books(tables, shop.enterprise), id_of(tables, shop), id_of(tables, shop, phone))
    path = one.path.replace("/merge", "/unmerge")
    return replace(one, operation=UNMERGE, path=path), replace(other, operation=UNMERGE, path=path)


def _not_the_same(shop: Shop, tables: DynamoDBClient) -> tuple[Write, Write]:
    others = (OMAR, "+97455003344")
    for phone in others:
        shop.told("balance.topped_up", phone, amount_minor=1, currency="QAR")
    path, office = f"/customers/{id_of(tables, shop)}/duplicates", shop.admin("customer:MERGE")
    ids = [id_of(tables, shop, phone) for phone in others]
    one, other = (Write(NOT_THE_SAME, path, office, {"other_customer_id": each}) for each in ids)
    return one, other


def _open_session(shop: Shop, _tables: DynamoDBClient) -> tuple[Write, Write]:
    baskets = ({"basket_reference": name} for name in ("order-1", "order-2"))
    one, other = (Write(OPEN_SESSION, "/checkout/sessions", shop.till, body) for body in baskets)
    return one, other


def _identify_session(shop: Shop, tables: DynamoDBClient) -> tuple[Write, Write]:
    path = f"/checkout/sessions/{opened(shop)}/identify"
    bodies = ({"phone": LAYLA}, {"phone": LAYLA, "events": [CHECK_IN]})
    one, other = (Write(IDENTIFY_SESSION, path, shop.till, body) for body in bodies)
    return one, other


WRITES: dict[str, Callable[[Shop, DynamoDBClient], tuple[Write, Write]]] = {
    "record_event": _record_event,
    "erase": _erase,
    "correct": _correct,
    "merge": _merge,
    "unmerge": _unmerge,
    "not_the_same": _not_the_same,
    "open_session": _open_session,
    "identify_session": _identify_session,
}
"""By the operation's name, for a shop that knows Layla."""
