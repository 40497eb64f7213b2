"""The Enterprises table: settings, merchants and branches."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

from customers.domain.enterprise import Scope, Settings, Thresholds
from customers.domain.facts.fact import BranchChanged, EnterpriseConfigured, EnterpriseFact
from customers.domain.refusals import CannotApply
from customers.store.customers.rows import Item, canonical_json
from customers.store.dynamodb import dynamo

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Posted = Literal["applied", "duplicate"]


class Registry:
    """`pk` is the enterprise; `sk` is `settings`, `books` (currency), `merchant#…`, `branch#…`, `fact#…` (receipt)."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    @classmethod
    def connect(cls) -> Registry:
        """The table named by `ENTERPRISES_TABLE`."""
        return cls(dynamo.connect(), os.environ["ENTERPRISES_TABLE"])

    def scope(self, enterprise: str, merchant: str | None, branch: str | None) -> Scope | None:
        """What the registry knows of a token's claims, in one request. None: no such enterprise."""
        wanted = ["settings"]
        if merchant:
            wanted.append(f"merchant#{merchant}")
        if branch:
            wanted.append(f"branch#{branch}")
        keys = [_key(enterprise, sk) for sk in wanted]
        answer = self._client.batch_get_item(RequestItems={self._table: {"Keys": keys, "ConsistentRead": True}})
        if answer.get("UnprocessedKeys"):
            raise TimeoutError("the enterprises table answered in part")
        found = {item["sk"]["S"]: item for item in answer["Responses"][self._table]}
        if "settings" not in found:
            return None
        place = found.get(f"branch#{branch}")
        return Scope(
            settings=Settings.of(json.loads(found["settings"]["settings"]["S"])),
            merchant_registered=f"merchant#{merchant}" in found,
            branch_active=place is not None and place["active"]["BOOL"] and place["merchant_id"]["S"] == merchant,
        )

    def settings(self, enterprise: str) -> Settings | None:
        """None where the enterprise has not been configured."""
        row = self._client.get_item(TableName=self._table, Key=_key(enterprise, "settings"), ConsistentRead=True)
        return Settings.of(json.loads(row["Item"]["settings"]["S"])) if "Item" in row else None

    def enterprises(self) -> Iterator[tuple[str, Settings]]:
        """All that are configured. Reads the whole table: for a person's commands only."""
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table,
            FilterExpression="sk = :settings",
            ExpressionAttributeValues={":settings": {"S": "settings"}},
            ConsistentRead=True,
        )
        for page in pages:
            for row in page["Items"]:
                yield row["pk"]["S"], Settings.of(json.loads(row["settings"]["S"]))

    def post(self, fact: EnterpriseFact) -> Posted:
        """Apply a fact once: of two statements about one thing the later holds. Raises `CannotApply`."""
        match fact.payload:
            case EnterpriseConfigured(settings=settings):
                currency = {"S": settings.currency}
                books = {**_key(fact.enterprise, "books"), "currency": currency}
                always = self._put(books, "attribute_not_exists(pk) OR currency = :currency", {":currency": currency})
                stated = {**_key(fact.enterprise, "settings"), "settings": {"S": canonical_json(asdict(settings))}}
            case BranchChanged(merchant_id=merchant, branch_id=branch, active=active):
                always = self._put(_key(fact.enterprise, f"merchant#{merchant}"))
                stated = {
                    **_key(fact.enterprise, f"branch#{branch}"),
                    "merchant_id": {"S": merchant},
                    "active": {"BOOL": active},
                }
        order = {"S": str(fact.order)}
        unless_outdated = "attribute_not_exists(stamp) OR stamp < :stamp"
        statement = self._put({**stated, "stamp": order}, unless_outdated, {":stamp": order})
        return self._commit(fact, [always, statement])

    def _commit(self, fact: EnterpriseFact, writes: list[Any]) -> Posted:
        """In one transaction: the receipt, what holds whatever else is said, and unless outdated what was stated."""
        receipt = {**_key(fact.enterprise, f"fact#{fact.order.fact_id}"), "type": {"S": fact.type}}
        noted = self._put(receipt, "attribute_not_exists(pk)")
        try:
            self._client.transact_write_items(TransactItems=[noted, *writes])
        except self._client.exceptions.TransactionCanceledException as error:
            reasons = [reason.get("Code") for reason in error.response["CancellationReasons"]]
            match [reason == "ConditionalCheckFailed" for reason in reasons]:
                case [True, *_]:
                    return "duplicate"
                case [_, True, *_]:
                    raise CannotApply("currency", "cannot change: the enterprise keeps its books in another") from None
                case [_, _, True]:
                    return self._commit(fact, writes[:1])
            raise
        return "applied"

    def _put(self, item: Item, condition: str | None = None, values: Item | None = None) -> Any:
        put: dict[str, Any] = {"TableName": self._table, "Item": item}
        if condition:
            put["ConditionExpression"] = condition
        if values:
            put["ExpressionAttributeValues"] = values
        return {"Put": put}


def settings_key(enterprise: str) -> Item:
    """Where an enterprise's settings are."""
    return _key(enterprise, "settings")


def thresholds_in(row: Mapping[str, Any]) -> Thresholds:
    """Where badges begin by a row of settings; the usual by no row."""
    return Settings.of(json.loads(row["settings"]["S"])).badge if row else Thresholds()


def _key(enterprise: str, sk: str) -> Item:
    return {"pk": {"S": enterprise}, "sk": {"S": sk}}
