"""Prove that facts are being folded: publish one on the bus, put one into the queue, and wait until both are applied.

The facts are new each time. They are about a branch of an enterprise without any tokens, so they change no answer. The
bus sends facts about branches to a queue of their own, so the queue of the facts about customers needs its own proof.
"""

from __future__ import annotations

import json
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from local.places import Place
from local.progress import step
from local.refusal import Refusal
from local.stack.completion import session
from local.stack.refused_facts import refused_of
from local.stack.stack_file import Stack

ENTERPRISE = "00000000-0000-0000-0000-000000000000"
SOURCE = "partner.probe"
KIND = "branch.registered"
WITHIN = 60.0
"""Seconds since the queue last got shorter, because other facts may be waiting too."""
POLL = 0.1


def prove_that_facts_are_folded(place: Place, stack: Stack) -> None:
    """Raises `Refusal` with what stands still and which log may show why."""
    published, sent = str(uuid.uuid4()), str(uuid.uuid4())
    with step("Sending test facts through the bus and the queue"):
        _publish(stack, published)
        _send(stack, sent)
        deadline, shortest = time.monotonic() + WITHIN, _waiting(stack)
        while unfolded := [fact for fact in (published, sent) if not _is_folded(stack, fact)]:
            if (waiting := _waiting(stack)) < shortest:
                deadline, shortest = time.monotonic() + WITHIN, waiting
            if time.monotonic() > deadline:
                raise Refusal(_what_stands_still(place, stack, unfolded[0]))
            time.sleep(POLL)


def _detail(fact: str) -> dict[str, str]:
    return {
        "fact_id": fact,
        "enterprise_id": ENTERPRISE,
        "occurred_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "merchant_id": "probe",
        "branch_id": "probe",
    }


def _publish(stack: Stack, fact: str) -> None:
    entry: Any = {"EventBusName": stack.bus, "Source": SOURCE, "DetailType": KIND, "Detail": json.dumps(_detail(fact))}
    put = session().client("events", endpoint_url=stack.aws).put_events(Entries=[entry])
    if put["FailedEntryCount"]:
        raise Refusal(f"The bus does not accept facts: {put['Entries'][0].get('ErrorMessage', '')}")


def _send(stack: Stack, fact: str) -> None:
    body = {"source": SOURCE, "detail-type": KIND, "detail": _detail(fact)}
    session().client("sqs", endpoint_url=stack.aws).send_message(
        QueueUrl=stack.queues["facts"], MessageBody=json.dumps(body)
    )


def _is_folded(stack: Stack, fact: str) -> bool:
    tables = session().client("dynamodb", endpoint_url=stack.aws)
    key: Any = {"pk": {"S": ENTERPRISE}, "sk": {"S": f"fact#{fact}"}}
    return "Item" in tables.get_item(TableName=stack.tables["enterprises"], Key=key, ConsistentRead=True)


def _what_stands_still(place: Place, stack: Stack, fact: str) -> str:
    if any(fact in body for body, _ in refused_of(session(), stack, ENTERPRISE)):
        return "Facts are not folded: the test fact was refused (make refused shows why, make logs shows more)"
    if _waiting(stack):
        return (
            f"Facts are not folded: the fact queue has {_waiting(stack)} and has not got shorter in {WITHIN:.0f} s; "
            f"make logs shows the fold's log, and {place.emulator_log} whether a function reads the queue"
        )
    return f"Facts are not folded: the bus has not put the test fact into the queue; {place.emulator_log} may show why"


def _waiting(stack: Stack) -> int:
    """How many facts are in the queue, in flight or not."""
    counts = (
        session()
        .client("sqs", endpoint_url=stack.aws)
        .get_queue_attributes(
            QueueUrl=stack.queues["facts"],
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )["Attributes"]
    )
    return sum(int(count) for count in counts.values())
