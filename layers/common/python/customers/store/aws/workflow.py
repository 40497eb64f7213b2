"""The workflows on Step Functions: exports that take longer than a request, and the sweep after an erasure."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, cast

import botocore.session
from botocore.config import Config

from customers.domain.erasure.plan import Erasure
from customers.store.faults import named_faults

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

SHORTLY = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})


class Workflow:
    """The state machine of exports. Every call raises `Unavailable`."""

    def __init__(self, client: SFNClient, machine: str) -> None:
        self._client = client
        self._machine = machine

    @classmethod
    def connect(cls) -> Workflow:
        """The state machine named by `EXPORT_WORKFLOW`."""
        return cls(_client(), os.environ["EXPORT_WORKFLOW"])

    def run(self, job: str, ids: Mapping[str, str]) -> bool:
        """Start the job, unless it has been started. Whether it is running: False where it has ended, well or not.

        Its input stays in its history, hence ids only.
        """
        with named_faults():
            try:
                body = json.dumps({"job": job, **ids})
                self._client.start_execution(stateMachineArn=self._machine, name=job, input=body)
            except self._client.exceptions.ExecutionAlreadyExists:
                execution = f"{self._machine.replace(':stateMachine:', ':execution:')}:{job}"
                return self._client.describe_execution(executionArn=execution)["status"] == "RUNNING"
        return True


class ErasureWorkflow:
    """The state machine of erasures. Every call raises `Unavailable`."""

    def __init__(self, client: SFNClient, machine: str) -> None:
        self._client = client
        self._machine = machine

    @classmethod
    def connect(cls) -> ErasureWorkflow:
        """The state machine named by `ERASURE_WORKFLOW`."""
        return cls(_client(), os.environ["ERASURE_WORKFLOW"])

    def start(self, enterprise: str, erasure: Erasure) -> None:
        """Start what is left to do, unless it has been started for the erasure as it is now."""
        name, body = f"{erasure.id}-{erasure.status}", json.dumps(workflow_input(enterprise, erasure))
        with named_faults(), suppress(self._client.exceptions.ExecutionAlreadyExists):
            self._client.start_execution(stateMachineArn=self._machine, name=name, input=body)


def workflow_input(enterprise: str, erasure: Erasure) -> dict[str, str]:
    """It stays in the workflow's history. So it has only ids, and the outcome once there is one."""
    ids = {"enterprise_id": enterprise, "customer_id": erasure.customer_id, "erasure_id": erasure.id}
    return {**ids, "outcome": erasure.outcome} if erasure.outcome else ids


def _client() -> SFNClient:
    return cast("SFNClient", botocore.session.get_session().create_client("stepfunctions", config=SHORTLY))
