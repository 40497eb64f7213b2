"""Two requests for each operation that writes, which ask different things: `test_every_write` holds all to the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.events import RECORD_EVENT
from customers.catalogue.operation import Operation
from customers.catalogue.rights import ERASE
from customers.edge.principal import Principal
from tests.operations.conftest import LAYLA, Shop
from tests.support.gateway import Reply, call
from tests.support.page import conforms
from tests.support.recording import CHECK_IN, id_of
from tests.support.sessions import OMAR


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


WRITES: dict[str, Callable[[Shop, DynamoDBClient], tuple[Write, Write]]] = {
    "record_event": _record_event,
    "erase": _erase,
}
"""By the operation's name, for a shop that knows Layla."""
