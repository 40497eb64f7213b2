"""Clients of DynamoDB with short timeouts."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Any, cast

from customers.store.client_errors import NotUnderstood
from customers.store.dynamodb.lean.client import LeanClient
from customers.store.dynamodb.lean.connections import Connections, connector
from customers.store.dynamodb.lean.credentials import Provider, provider_of
from customers.store.dynamodb.lean.endpoint import endpoint_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CONNECT_TIMEOUT = 1
"""Seconds."""


@cache
def connect() -> DynamoDBClient:
    """The client that all stores share. A till gives up after seconds: a quick 503 is better than a slow answer."""
    return _client(read_timeout=2, attempts=2)


@cache
def connect_patiently() -> DynamoDBClient:
    """For long reads, which would have to start again after a fault."""
    return _client(read_timeout=10, attempts=4)


def _client(read_timeout: int, attempts: int) -> DynamoDBClient:
    """The lean client. botocore's where the environment says so, or has settings that only botocore understands."""
    botocore = partial(botocore_client, read_timeout, attempts)
    if os.environ.get("DYNAMODB_CLIENT") == "botocore":
        return cast("DynamoDBClient", botocore())
    try:
        lean = lean_client(botocore, read_timeout, attempts)
    except NotUnderstood:
        return cast("DynamoDBClient", botocore())
    # While a function starts, nobody waits. A snapshot would keep a connection that is gone when it is restored.
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start") != "snap-start":
        lean.prime()
    return cast("DynamoDBClient", lean)


def lean_client(botocore: Callable[[], Any], read_timeout: int, attempts: int) -> LeanClient:
    """Raises `NotUnderstood`, before anything is sent."""
    endpoint = endpoint_of(os.environ)
    credentials = _provider()
    connections = Connections(connector(endpoint, CONNECT_TIMEOUT))
    return LeanClient(endpoint, credentials, connections, botocore, read_timeout=read_timeout, attempts=attempts)


def _provider() -> Provider:
    """The function's own credentials, or those for the rows of the enterprise that it speaks for."""
    if role := os.environ.get("TENANT_ROLE"):
        # Imported here: the functions of tills have no such role.
        from customers.store.dynamodb.tenant_credentials import TenantCredentials

        return TenantCredentials.connect(role).current
    return provider_of(os.environ)


def botocore_client(read_timeout: int, attempts: int) -> Any:
    # Imported here: it costs more than all else that a lookup loads.
    import botocore.session
    from botocore.config import Config

    config = Config(
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=read_timeout,
        retries={"mode": "standard", "total_max_attempts": attempts},
        # A fixed name: botocore would build its own for every request, a fifth of a warm call's CPU.
        user_agent="customers-identification",
    )
    # Not through boto3: its resources and transfers would be loaded at every cold start, and nothing here uses them.
    session = botocore.session.get_session()
    if role := os.environ.get("TENANT_ROLE"):
        from customers.store.dynamodb.tenant_credentials import ForBotocore, TenantCredentials

        session.register_component("credential_provider", ForBotocore(TenantCredentials.connect(role)))
    return session.create_client("dynamodb", config=config)
