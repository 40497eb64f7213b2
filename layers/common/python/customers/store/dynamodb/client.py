"""Clients of DynamoDB with short timeouts."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, cast

import botocore.session
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@cache
def connect() -> DynamoDBClient:
    """The client that all stores share. A till gives up after seconds: a quick 503 is better than a slow answer."""
    return _client(read_timeout=2, attempts=2)


@cache
def connect_patiently() -> DynamoDBClient:
    """For long reads, which would have to start again after a fault."""
    return _client(read_timeout=10, attempts=4)


def _client(read_timeout: int, attempts: int) -> DynamoDBClient:
    config = Config(
        connect_timeout=1,
        read_timeout=read_timeout,
        retries={"mode": "standard", "total_max_attempts": attempts},
        # A fixed name: botocore would build its own for every request, a fifth of a warm call's CPU.
        user_agent="customers-identification",
    )
    # Not through boto3: its resources and transfers would be loaded at every cold start, and nothing here uses them.
    return cast("DynamoDBClient", botocore.session.get_session().create_client("dynamodb", config=config))
