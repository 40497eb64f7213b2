"""Read refused facts from the lists of the enterprises and of the operator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from admin.facts.refused_files import RefusedFact
from admin.stack.location import Stack
from admin.stack.queues import waiting
from customers.store.refused_facts.sealed import SealingKey

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


def listed(stack: Stack, wanted: str | None = None, enterprise: str | None = None) -> Iterator[RefusedFact]:
    """Every refused fact, those that name an enterprise, or the wanted one. One page is in memory at a time."""
    key = SealingKey(stack.client("kms"), stack.refused_facts_key)
    conditions, values = ["attribute_exists(reason)"], dict[str, Any]()
    if enterprise:
        conditions.append("enterprise = :enterprise")
        values[":enterprise"] = {"S": enterprise}
    if wanted:
        conditions.append("contains(sk, :wanted)")
        values[":wanted"] = {"S": f"#{wanted}"}
    request: dict[str, Any] = {"FilterExpression": " AND ".join(conditions)}
    if values:
        request["ExpressionAttributeValues"] = values
    table = stack.tables["refused_facts"]
    pages = stack.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True, **request)
    for row in (row for page in pages for row in page["Items"]):
        fact = RefusedFact.of(row, key)
        if wanted in (None, fact.id):
            yield fact


def on_their_way(stack: Stack) -> int:
    """About how many messages are not in a list yet."""
    sqs: SQSClient = stack.client("sqs")
    return sum(waiting(sqs, stack.queues["dead_facts"]))


def count(stack: Stack) -> int:
    """How many facts were refused, those on their way included. It reads the table, without its bodies."""
    pages = (
        stack.client("dynamodb")
        .get_paginator("scan")
        .paginate(
            TableName=stack.tables["refused_facts"],
            FilterExpression="attribute_exists(reason)",
            Select="COUNT",
            ConsistentRead=True,
        )
    )
    listed = sum(int(page["Count"]) for page in pages)
    return listed + on_their_way(stack)
