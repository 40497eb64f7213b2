"""Tell the demo's facts on the bus, as other domains do, and wait until the lookups show them."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

from local import demo
from local.completion import session
from local.counter import lookup
from local.progress import step
from local.refusal import Refusal
from local.stack_file import Stack

SOURCE = "partner.demo"
# As many as one PutEvents takes.
AT_ONCE = 10
FOLDED_WITHIN = 90.0


def tell(stack: Stack) -> None:
    """Make sure that the demo's people are known. Quick when they are already."""
    with step("Asking for the demo's people"):
        awaited = _unfolded(stack)
    if not awaited:
        return
    with step("Publishing the demo's facts on the bus"):
        _publish(stack)
    with step("Waiting until they are folded into balances and visits"):
        deadline = time.monotonic() + FOLDED_WITHIN
        while awaited := _unfolded(stack):
            if refused := _refused(stack):
                raise Refusal(f"A demo fact was refused: {refused}")
            if time.monotonic() > deadline:
                raise Refusal(
                    f"The demo's facts are not folded after {FOLDED_WITHIN:.0f} s: {awaited} (make logs may say why)"
                )
            time.sleep(0.3)


def _publish(stack: Stack) -> None:
    bus = session().client("events", endpoint_url=stack.aws)
    facts = list(demo.facts(datetime.now(UTC)))
    for first in range(0, len(facts), AT_ONCE):
        put = bus.put_events(
            Entries=[
                {
                    "EventBusName": stack.bus,
                    "Source": SOURCE,
                    "DetailType": fact.type,
                    "Detail": json.dumps(fact.detail),
                }
                for fact in facts[first : first + AT_ONCE]
            ]
        )
        if put["FailedEntryCount"]:
            raise Refusal(f"The bus refused {put['FailedEntryCount']} of the demo's facts")


def _unfolded(stack: Stack) -> str:
    """What the answers still lack, or nothing."""
    layla = lookup(stack, demo.LAYLA)
    if not layla["ok"]:
        # Until the branch is registered the authorizer turns its token away.
        return f"the branch is not known yet: {layla['error']['code']}"
    told: dict[str, Any] = layla["data"]["customer"]
    if layla["data"]["status"] != "registered":
        return f"Layla is {layla['data']['status']}"
    recent = told["activity"]["visit_count_last_90d"]
    if recent < demo.VISITS_IN_90_DAYS or told["activity"]["visit_count"] < demo.VISITS:
        return f"{told['activity']['visit_count']} of Layla's {demo.VISITS} visits"
    if told["balance"]["spendable_minor"] != demo.SPENDABLE:
        return "Layla's balance"
    pending = lookup(stack, demo.PENDING)["data"]
    if not pending["unclaimed_cashback"]:
        return "the cashback of one who never registered"
    # Nothing tells a customer who is shut off from a stranger, so their facts are known to be in by the empty queue.
    return f"{waiting} facts in the queue" if (waiting := _waiting(stack)) else ""


def _waiting(stack: Stack) -> int:
    queue = session().client("sqs", endpoint_url=stack.aws)
    counts = queue.get_queue_attributes(
        QueueUrl=stack.queues["facts"],
        AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    )["Attributes"]
    return sum(int(count) for count in counts.values())


def _refused(stack: Stack) -> str:
    """What the dead-letter queue says of a demo fact, if it has one."""
    queue = session().client("sqs", endpoint_url=stack.aws)
    dead = queue.receive_message(
        QueueUrl=stack.queues["dead_facts"],
        MessageAttributeNames=["All"],
        MaxNumberOfMessages=AT_ONCE,
        VisibilityTimeout=0,
    )
    for message in dead.get("Messages", []):
        if f'"{demo.FACT_PREFIX}' in message["Body"]:
            reasons = [value.get("StringValue", "") for value in message.get("MessageAttributes", {}).values()]
            return f"{', '.join(reasons)} {message['Body']}"
    return ""
