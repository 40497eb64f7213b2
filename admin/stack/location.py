"""Find the queues and tables of a stack, local or in an AWS account."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from admin.stack.refusal import Refusal

LOCAL = Path(__file__).resolve().parents[2] / ".local"
# Every emulator of AWS accepts this key, and no account does.
LOCAL_KEY, LOCAL_REGION = "test", "us-east-1"
CONFIG = Config(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=5, read_timeout=30)

# Each role, and the stack output with its name.
BUS = "FactsBus"
QUEUES = {
    "facts": "FactsQueue",
    "bulk_facts": "BulkFactsQueue",
    "dead_facts": "DeadFactsQueue",
    "changes": "ChangesQueue",
    "outbox": "OutboxQueue",
}
TABLES = {
    "customers": "CustomersTable",
    "records": "RecordsTable",
    "enterprises": "EnterprisesTable",
    "sessions": "SessionsTable",
    "receipts": "ReceiptsTable",
    "derived": "DerivedTable",
    "erasures": "ErasuresTable",
    "refused_facts": "RefusedFactsTable",
    "verifications": "VerificationsTable",
    "activity": "ActivityTable",
}


OTHERS = {
    "erasure_workflow": "ErasureWorkflow",
    "loads_bucket": "LoadsBucket",
    "load_workflow": "LoadWorkflow",
    "receipts_key": "ReceiptsKey",
    "refused_facts_key": "RefusedFactsKey",
    "pseudonym_key": "PseudonymKey",
    "api": "ApiUrl",
}


@dataclass(frozen=True)
class Stack:
    """A deployed stack: its queues' addresses and its tables' names, by role."""

    id: str
    """CloudFormation's id. It changes when the stack is deleted and created again, or reset."""
    name: str
    bus: str
    queues: Mapping[str, str]
    tables: Mapping[str, str]
    refused: Path
    """The folder for its refused facts."""
    session: boto3.Session
    endpoint: str | None = None
    erasure_workflow: str = ""
    loads_bucket: str = ""
    load_workflow: str = ""
    receipts_key: str = ""
    refused_facts_key: str = ""
    pseudonym_key: str = ""
    api: str = ""
    """The API's address: https://…/v1/partner."""
    issuer: str = ""
    """Who signs the tokens of a local stack, with which key (`kid`), in which file. Empty for a deployed one."""
    kid: str = ""
    signing_key: str = ""

    @property
    def may_lose_state(self) -> bool:
        """Whether it is a local stack, which loses some seconds when it is killed."""
        return self.endpoint is not None

    def client(self, service: Any) -> Any:
        """A boto3 client for the stack, by service name."""
        return self.session.client(service, endpoint_url=self.endpoint, config=CONFIG)


def account() -> boto3.Session:
    """The account of the operator's own credentials."""
    return boto3.Session()


def find(name: str | None) -> Stack:
    """The deployed stack of this name, with the operator's own credentials; without a name the local stack."""
    return _deployed(name) if name else _local(Path(os.environ.get("STACK_FILE") or LOCAL / "stack.json"))


def _local(file: Path) -> Stack:
    try:
        told = json.loads(file.read_text())
    except FileNotFoundError:
        raise Refusal(f"There is no {file}: make up starts the local stack; STACK=… names a deployed one") from None
    except ValueError:
        raise Refusal(f"{file} is not JSON: make up writes a new one") from None
    if "id" not in told:
        raise Refusal(f"{file} is of an older version: make up writes a new one")
    session = boto3.Session(LOCAL_KEY, LOCAL_KEY, region_name=LOCAL_REGION)
    return Stack(
        told["id"],
        told["stack"],
        told["bus"],
        told["queues"],
        told["tables"],
        file.parent / "refused",
        session,
        told["aws"],
        **{role: told.get(role, "") for role in (*OTHERS, "issuer", "kid", "signing_key")},
    )


def _deployed(name: str) -> Stack:
    session = boto3.Session()
    described = session.client("cloudformation", config=CONFIG).describe_stacks(StackName=name)["Stacks"][0]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", [])}
    wanted = (BUS, *QUEUES.values(), *TABLES.values(), *OTHERS.values())
    if lacking := [output for output in wanted if output not in outputs]:
        raise Refusal(f"The stack {name} has no output {', '.join(lacking)}: is it this system's?")
    return Stack(
        described["StackId"],
        name,
        outputs[BUS],
        {role: outputs[output] for role, output in QUEUES.items()},
        {role: outputs[output] for role, output in TABLES.items()},
        LOCAL / "refused" / described["StackName"],
        session,
        **{role: outputs[output] for role, output in OTHERS.items()},
    )
