"""An enterprise over the bus and HTTP, its office, and its operator."""

from __future__ import annotations

import itertools
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from tests.e2e.conftest import Admin, Enterprise, eventually
from tests.support.stack.own_stack import client

Figures = tuple[int, int, int, int]
_numbers = itertools.count(1)


@dataclass
class Shop:
    """An enterprise, its customers, and its office."""

    enterprise: Enterprise
    admin: Admin

    def phone(self) -> str:
        return f"+974330{next(_numbers):05}"

    def send(self, kind: str, hours: float = 0, *, wait: bool = True, **fields: Any) -> str:
        """One fact that happened so many hours from now. Waits until it has been applied, unless `wait` is false."""
        at = (datetime.now(UTC) + timedelta(hours=hours)).isoformat()
        # A list of refused facts shows ids that begin with a letter.
        fact_id = self.enterprise.publish(kind, **{"occurred_at": at, "fact_id": f"f-{uuid.uuid4()}", **fields})
        if wait:
            self.wait_for(fact_id)
        return fact_id

    def wait_for(self, fact_id: str) -> None:
        """Until the fact has been applied."""
        eventually(lambda: self.enterprise.applied([fact_id]))

    def told(self, kind: str, phone: str, hours: float = 0, **fields: Any) -> str:
        return self.send(kind, hours, customer={"phone": phone}, **fields)

    def money(self, kind: str, phone: str, amount: int, hours: float = 0, **fields: Any) -> str:
        return self.told(kind, phone, hours, amount_minor=amount, currency="QAR", **fields)

    def row(self, table: str, key: str, **more: Any) -> dict[str, Any] | None:
        stack = self.enterprise.stack
        wanted = {"pk": {"S": f"{self.enterprise.id}#{key}"}, **more}
        read = client(stack, "dynamodb").get_item(TableName=stack["tables"][table], Key=wanted, ConsistentRead=True)
        found: dict[str, Any] | None = read.get("Item")
        return found

    def rows(self, table: str) -> list[dict[str, Any]]:
        """All rows of the enterprise."""
        pages = (
            client(self.enterprise.stack, "dynamodb")
            .get_paginator("scan")
            .paginate(
                TableName=self.enterprise.stack["tables"][table],
                FilterExpression="begins_with(pk, :enterprise)",
                ExpressionAttributeValues={":enterprise": {"S": f"{self.enterprise.id}#"}},
                ConsistentRead=True,
            )
        )
        return [row for page in pages for row in page["Items"]]

    def lose(self, table: str, key: str, sk: str | None = None) -> dict[str, Any]:
        """The row that is gone, as a backup has it."""
        wanted = {"pk": {"S": f"{self.enterprise.id}#{key}"}, **({"sk": {"S": sk}} if sk else {})}
        name = self.enterprise.stack["tables"][table]
        deleted = client(self.enterprise.stack, "dynamodb").delete_item(
            TableName=name, Key=wanted, ReturnValues="ALL_OLD"
        )
        row: dict[str, Any] = deleted["Attributes"]
        return row

    def put(self, table: str, row: dict[str, Any]) -> None:
        client(self.enterprise.stack, "dynamodb").put_item(TableName=self.enterprise.stack["tables"][table], Item=row)

    def run(self, *arguments: str) -> str:
        """What an operator's command says."""
        return self.admin(*arguments)[1]

    def reason(self, fact_id: str) -> str:
        """Why a fact is in the enterprise's list of refused facts, once it is there."""
        found: str = eventually(lambda: self._reasons().get(fact_id))
        return found

    def refused(self) -> list[str]:
        return sorted(self._reasons())

    def _reasons(self) -> dict[str, str]:
        listed = self.read("/refused-facts", "facts:READ")["refused_facts"]
        return {each["fact_id"]: each["reason"] for each in listed}

    def read(self, path: str, permission: str) -> dict[str, Any]:
        answer = self.enterprise.get(path, self.enterprise.admin(permission))
        assert answer.status_code == 200, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data

    def stats(self) -> dict[str, Any]:
        today = datetime.now(UTC).date()
        return self.read(f"/customers/stats?from={today - timedelta(days=60)}&to={today}", "customer:STATS")

    def stats_visits(self) -> int:
        return sum(day["visits"] for day in self.stats()["days"])

    def finds(self, phone: str, **criteria: str) -> bool:
        """Whether a search finds the customer."""
        answer = self.enterprise.send(
            "POST", "/customers/search", self.enterprise.admin("customer:SEARCH"), json=criteria
        )
        return phone in [each["phone"] for each in answer.json()["data"]["customers"]]

    def lookup(self, phone: str) -> dict[str, Any]:
        query = f"phone={quote(phone, safe='')}&include=preferences"
        data: dict[str, Any] = self.enterprise.get(f"/customers/lookup?{query}").json()["data"]
        return data

    def activity(self, phone: str) -> dict[str, Any]:
        found: dict[str, Any] = self.lookup(phone)["customer"]["activity"]
        return found

    def customer(self, phone: str) -> dict[str, Any] | None:
        data = self.enterprise.get(f"/customers/lookup?phone={quote(phone, safe='')}").json()["data"]
        found: dict[str, Any] | None = data["customer"]
        return found

    def status(self, query: str) -> str:
        return str(self.enterprise.get(f"/customers/lookup?{query}").json()["data"]["status"])

    def id_of(self, phone: str) -> str:
        row = self.row("customers", phone)
        assert row
        return str(row["customer_id"]["S"])

    def figures(self, phone: str) -> Figures:
        """Locked, spendable, visits and spend."""
        found = self.customer(phone)
        assert found
        balance, activity = found["balance"], found["activity"]
        return (
            balance["locked_promo_minor"],
            balance["spendable_minor"],
            activity["visit_count"],
            activity["lifetime_spend_minor"],
        )

    def office(self, method: str, path: str, permission: str, body: dict[str, Any]) -> None:
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        answer = self.enterprise.send(method, path, self.enterprise.admin(permission), headers, json=body)
        assert answer.status_code == 200, answer.text

    def correct(self, customer_id: str, **body: Any) -> None:
        self.office("PATCH", f"/customers/{customer_id}", "customer:UPDATE", body)

    def merge(self, survivor: str, absorbed: str) -> None:
        self.office("POST", f"/customers/{survivor}/merge", "customer:MERGE", {"absorbed_customer_id": absorbed})


def merged(shop: Shop, survivor: str, *absorbed: str) -> None:
    for phone in (survivor, *absorbed):
        shop.told("customer.registered", phone, -30, name="Somebody")
    for phone in absorbed:
        shop.merge(shop.id_of(survivor), shop.id_of(phone))
