"""The lean client and botocore's, for one endpoint on this machine."""

from __future__ import annotations

from functools import partial
from typing import Any

import botocore.session
from botocore.config import Config

from customers.store.dynamodb.lean.client import LeanClient
from customers.store.dynamodb.lean.connections import Connections, connector
from customers.store.dynamodb.lean.endpoint import Endpoint
from customers.store.dynamodb.lean.signature import Credentials

REGION = "eu-west-1"
KEYS = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "token/of+the=session")


def lean(port: int, *, attempts: int = 2, read_timeout: float = 4.0, **more: Any) -> LeanClient:
    endpoint = Endpoint(REGION, more.pop("tls", False), "127.0.0.1", port, f"127.0.0.1:{port}", **more)
    connections = Connections(connector(endpoint, 0.4))
    other = partial(sdk, port)
    return LeanClient(endpoint, lambda: KEYS, connections, other, read_timeout=read_timeout, attempts=attempts)


def sdk(port: int, *, attempts: int = 2, read_timeout: float = 0.4) -> Any:
    retries: Any = {"mode": "standard", "total_max_attempts": attempts}
    session = botocore.session.get_session()
    return session.create_client(
        "dynamodb",
        region_name=REGION,
        endpoint_url=f"http://127.0.0.1:{port}",
        aws_access_key_id=KEYS.key_id,
        aws_secret_access_key=KEYS.secret,
        aws_session_token=KEYS.token,
        config=Config(connect_timeout=0.4, read_timeout=read_timeout, retries=retries),
    )
