"""`stack.json`: the addresses of the local stack, for other programs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from local import tokens
from local.emulator.process import Emulator
from local.places import SIGNING_KEY, Place
from local.stack.completion import session
from local.stack.deployment import STACK

ROLES = (
    *("customers", "records", "enterprises", "derived", "sessions", "receipts", "verifications", "erasures"),
    *("refused_facts", "activity"),
)

QUEUES = {
    "facts": "FactsQueue",
    "bulk_facts": "BulkFactsQueue",
    "dead_facts": "DeadFactsQueue",
    "changes": "ChangesQueue",
    "dead_changes": "DeadChangesQueue",
    "overdrawn": "OverdrawnQueue",
    "outbox": "OutboxQueue",
    "dead_outbox": "DeadOutboxQueue",
    "verifications": "VerificationsQueue",
    "dead_verifications": "DeadVerificationsQueue",
    "erasures": "ErasuresQueue",
    "dead_erasures": "DeadErasuresQueue",
    "tail": "TailQueue",
}

PAGES = ("till", "console", "reference")


@dataclass(frozen=True)
class Stack:
    """All addresses and names of the stack. `id` changes with a reset only."""

    id: str
    api: str
    aws: str
    bus: str
    stack: str
    tables: dict[str, str]
    queues: dict[str, str]
    exports_bucket: str
    export_workflow: str
    erasure_workflow: str
    loads_bucket: str
    load_workflow: str
    receipts_key: str
    refused_facts_key: str
    pseudonym_key: str
    issuer: str
    kid: str
    signing_key: str
    web: dict[str, str]


def write(place: Place, running: Emulator) -> Stack:
    """Read the deployed stack's outputs and write the file."""
    formation = session().client("cloudformation", endpoint_url=running.url)
    deployed = formation.describe_stacks(StackName=STACK)["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in deployed["Outputs"]}
    stack = Stack(
        id=deployed["StackId"],
        api=running.api,
        aws=running.url,
        bus=outputs["FactsBus"],
        stack=STACK,
        tables={role: outputs[_output(role)] for role in ROLES},
        queues={role: _at(running, outputs[output]) for role, output in QUEUES.items()},
        exports_bucket=outputs["ExportsBucket"],
        export_workflow=outputs["ExportWorkflow"],
        erasure_workflow=outputs["ErasureWorkflow"],
        loads_bucket=outputs["LoadsBucket"],
        load_workflow=outputs["LoadWorkflow"],
        receipts_key=outputs["ReceiptsKey"],
        refused_facts_key=outputs["RefusedFactsKey"],
        pseudonym_key=outputs["PseudonymKey"],
        issuer=tokens.ISSUER,
        kid=tokens.kid(),
        signing_key=str(SIGNING_KEY),
        web={page: f"{running.url}/{page}/" for page in PAGES},
    )
    written = place.stack_file.with_suffix(".new")
    written.write_text(json.dumps(asdict(stack), indent=2) + "\n")
    # A reader sees the old file or the new one, never half of one.
    written.replace(place.stack_file)
    return stack


def _output(role: str) -> str:
    """The name of the output that has the table's name: `RefusedFactsTable` for `refused_facts`."""
    return "".join(word.capitalize() for word in role.split("_")) + "Table"


def _at(running: Emulator, queue: str) -> str:
    """The queue's address on the present port. The stored address keeps the port that it was created with."""
    return f"{running.url}{urlsplit(queue).path}"
