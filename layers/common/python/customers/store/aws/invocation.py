"""Invokes another function of the stack, and waits for its answer."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from customers.store.faults import named_faults

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class Invocation:
    """A function by its name. Every call raises `Unavailable`."""

    def __init__(self, client: LambdaClient, function: str) -> None:
        self._client = client
        self._function = function

    @classmethod
    def connect(cls) -> Invocation:
        """The function named by `LOOKUP_FUNCTION`."""
        single = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1})
        return cls(boto3.client("lambda", config=single), os.environ["LOOKUP_FUNCTION"])

    def run(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        """The function's answer. For one that crashed, Lambda's account of it, which has no `statusCode`."""
        with named_faults():
            answer = self._client.invoke(FunctionName=self._function, Payload=json.dumps(event).encode())
            read: Mapping[str, Any] = json.loads(answer["Payload"].read())
        return read
