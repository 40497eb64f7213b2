"""Refused facts on the local stack, for messages that say why something did not work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from local.stack.stack_file import Stack

if TYPE_CHECKING:
    import boto3


def refused_of(session: boto3.Session, stack: Stack, enterprise: str) -> Iterator[tuple[str, str]]:
    """The body and the reason of each refused fact in an enterprise's list, newest first, one page of them."""
    page = session.client("dynamodb", endpoint_url=stack.aws).query(
        TableName=stack.tables["refused_facts"],
        KeyConditionExpression="pk = :enterprise",
        ExpressionAttributeValues={":enterprise": {"S": enterprise}},
        ScanIndexForward=False,
        ConsistentRead=True,
    )
    for row in page["Items"]:
        yield row["body"]["S"], row["reason"]["S"]
