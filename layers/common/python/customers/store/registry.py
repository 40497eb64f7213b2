"""The Enterprises table: settings, merchants and branches."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError

from customers.domain.enterprise import Scope, Settings, Thresholds
from customers.domain.facts import BranchChanged, EnterpriseConfigured, EnterpriseFact
from customers.domain.refusals import CannotApply
from customers.store import dynamo
from customers.store.rows import Item, canonical_json

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Posted = Literal["applied", "duplicate"]


class Registry:
    """`pk` is the enterprise; `sk` is `settings`, `merchant#…`, `branch#…` or `fact#…` (the receipt of a fact)."""

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
            settings=_settings_of(found["settings"]),
            merchant_registered=f"merchant#{merchant}" in found,
            branch_active=place is not None and place["active"]["BOOL"] and place["merchant_id"]["S"] == merchant,
        )

    def settings(self, enterprise: str) -> Settings | None:
        """None where the enterprise has not been configured."""
        row = self._client.get_item(TableName=self._table, Key=_key(enterprise, "settings"), ConsistentRead=True)
        return _settings_of(row["Item"]) if "Item" in row else None

    def post(self, fact: EnterpriseFact) -> Posted:
        """Apply a fact once: of two statements about one thing the later holds. Raises `CannotApply`."""
        match fact.news:
            case EnterpriseConfigured(settings=settings):
                before = self.settings(fact.enterprise)
                if before and before.currency != settings.currency:
                    raise CannotApply("currency", f"cannot change: the enterprise keeps its books in {before.currency}")
                stated = {**_key(fact.enterprise, "settings"), "settings": {"S": canonical_json(asdict(settings))}}
                return self._commit(fact, stated, [])
            case BranchChanged(merchant_id=merchant, branch_id=branch, active=active):
                stated = {
                    **_key(fact.enterprise, f"branch#{branch}"),
                    "merchant_id": {"S": merchant},
                    "active": {"BOOL": active},
                }
                return self._commit(fact, stated, [_key(fact.enterprise, f"merchant#{merchant}")])

    def _commit(self, fact: EnterpriseFact, stated: Item, others: list[Item]) -> Posted:
        receipt: dict[str, Any] = {
            "TableName": self._table,
            "Item": {**_key(fact.enterprise, f"fact#{fact.stamp.fact_id}"), "type": {"S": fact.type}},
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        statement: dict[str, Any] = {
            "TableName": self._table,
            "Item": {**stated, "stamp": {"S": str(fact.stamp)}},
            "ConditionExpression": "attribute_not_exists(stamp) OR stamp < :stamp",
            "ExpressionAttributeValues": {":stamp": {"S": str(fact.stamp)}},
        }
        rest: list[Any] = [{"TableName": self._table, "Item": item} for item in others]
        writes: list[Any] = [{"Put": put} for put in (receipt, statement, *rest)]
        try:
            self._client.transact_write_items(TransactItems=writes)
        except self._client.exceptions.TransactionCanceledException as error:
            reasons = [reason.get("Code") for reason in error.response["CancellationReasons"]]
            if reasons[0] == "ConditionalCheckFailed":
                return "duplicate"
            if reasons[1] == "ConditionalCheckFailed":
                return self._note_outdated(receipt)
            raise
        return "applied"

    def _note_outdated(self, receipt: dict[str, Any]) -> Posted:
        """A statement that a later one has overtaken leaves its receipt and changes nothing."""
        try:
            self._client.put_item(**receipt)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return "duplicate"
        return "applied"


def _key(enterprise: str, sk: str) -> Item:
    return {"pk": {"S": enterprise}, "sk": {"S": sk}}


def _settings_of(row: Item) -> Settings:
    values = json.loads(row["settings"]["S"])
    return Settings(**{**values, "badge": Thresholds(**values["badge"])})
