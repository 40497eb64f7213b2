"""Refused facts on tables in memory: kept as the dead-letter queue's consumer keeps them, and read back."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from mypy_boto3_dynamodb import DynamoDBClient

from customers.domain.facts.refused_facts import DeadLetter
from customers.store.dynamodb.items import Item
from customers.store.refused_facts.refused_facts import Kept, RefusedFacts
from customers.store.refused_facts.sealed import SealingKey
from customers.store.registry import Registry
from customers.wire.facts.refused_facts import enterprise_in, read_refused_fact, without_person
from customers.wire.facts.sources import MaySpeak, anyone
from tests.support.books import ENTERPRISES, RECORDS, SECRET
from tests.support.facts import LATER, enterprise_fact

REFUSED_FACTS = "RefusedFactsTable"
REASON = "currency: must be the enterprise's currency, QAR"
REFUSED_AT = LATER + timedelta(hours=1)


class XorKey(SealingKey):
    """Stands in for the key in KMS, where a test is not about it. What it seals cannot be found as text."""

    def __init__(self) -> None:
        super().__init__(None, "")

    def seal(self, text: str) -> Item:
        return {"sealed": {"B": bytes(each ^ 0x55 for each in text.encode())}, "sealed_key": {"B": b"k"}}


def refused_facts(client: DynamoDBClient, key: SealingKey | None = None, may_speak: MaySpeak = anyone) -> RefusedFacts:
    codec = (enterprise_in, read_refused_fact, without_person)
    return RefusedFacts(client, (REFUSED_FACTS, RECORDS, ENTERPRISES), SECRET, key or XorKey(), codec, may_speak)


def configure(client: DynamoDBClient, enterprise: str) -> None:
    Registry(client, ENTERPRISES).post(enterprise_fact("enterprise.configured", enterprise))


def letter(body: str, at: datetime = REFUSED_AT, **more: Any) -> DeadLetter:
    return DeadLetter(str(uuid.uuid4()), body, REASON, at, **more)


def refuse(client: DynamoDBClient, *bodies: str, at: datetime = REFUSED_AT) -> list[Kept]:
    """Keep these messages of enterprises that are configured. Gives what was done with each."""
    kept = refused_facts(client)
    for enterprise in {enterprise_in(each) for each in bodies}:
        if enterprise:
            configure(client, enterprise)
    return [kept.keep(letter(each, at)) for each in bodies]


def refused(client: DynamoDBClient, enterprise: str | None = None) -> list[Item]:
    """The refused facts in all lists, or in an enterprise's."""
    pages = client.get_paginator("scan").paginate(TableName=REFUSED_FACTS)
    rows: list[Any] = [row for page in pages for row in page["Items"] if "reason" in row]
    return [row for row in rows if enterprise in (None, row["pk"]["S"])]


def bodies(client: DynamoDBClient, enterprise: str) -> list[str]:
    """The bodies of an enterprise's refused facts, those that are set aside included."""
    return [row["body"]["S"] for row in refused(client) if row.get("enterprise") == {"S": enterprise}]


def clear(client: DynamoDBClient) -> None:
    """Remove every row of the table, for tests that look through all rows."""
    for page in client.get_paginator("scan").paginate(TableName=REFUSED_FACTS):
        for row in page["Items"]:
            client.delete_item(TableName=REFUSED_FACTS, Key={"pk": row["pk"], "sk": row["sk"]})
