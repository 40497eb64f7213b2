"""The workflow that makes exports which are too long for a request: Step Functions, one execution for each job."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import botocore.session
from botocore.config import Config

from customers.store.dynamodb import dynamo

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


class Workflow:
    """A state machine."""

    def __init__(self, client: SFNClient, machine: str) -> None:
        self._client = client
        self._machine = machine

    @classmethod
    def connect(cls) -> Workflow:
        """The state machine named by `EXPORT_WORKFLOW`."""
        config = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
        client = botocore.session.get_session().create_client("stepfunctions", config=config)
        return cls(cast("SFNClient", client), os.environ["EXPORT_WORKFLOW"])

    def run(self, job: str, ids: Mapping[str, str]) -> bool:
        """Start the job, unless that has been done, and say whether it runs: False where it has ended, however.

        What it is started with stays in its history, hence ids only.
        """
        with dynamo.answering():
            try:
                given = json.dumps({"job": job, **ids})
                self._client.start_execution(stateMachineArn=self._machine, name=job, input=given)
            except self._client.exceptions.ExecutionAlreadyExists:
                execution = f"{self._machine.replace(':stateMachine:', ':execution:')}:{job}"
                return self._client.describe_execution(executionArn=execution)["status"] == "RUNNING"
        return True
