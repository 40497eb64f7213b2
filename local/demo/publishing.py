"""Publish the demo's facts on the bus, as other domains do, and wait until they are folded."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from local.demo import people, regulars
from local.demo.counter import lookup
from local.progress import step
from local.refusal import Refusal
from local.stack.completion import session
from local.stack.refused_facts import refused_of
from local.stack.stack_file import Stack

SOURCE = "partner.demo"
# The limits of one PutEvents, and of one BatchGetItem.
AT_ONCE = 10
READ_AT_ONCE = 100
FOLDED_WITHIN = 90.0


def ensure_known(stack: Stack) -> None:
    """Make sure that the demo customers are known. Quick when they already are."""
    now = datetime.now(UTC)
    facts = [*people.facts(now), *regulars.facts(now)]
    with step("Checking for the demo customers"):
        awaited = _unfolded(stack, facts)
    if not awaited:
        return
    with step("Publishing the demo's facts on the bus"):
        _publish(stack, facts)
    with step("Waiting until they are folded into balances and visits"):
        deadline = time.monotonic() + FOLDED_WITHIN
        while awaited := _unfolded(stack, facts):
            if refused := _refused(stack):
                raise Refusal(f"A demo fact was refused: {refused}")
            if time.monotonic() > deadline:
                raise Refusal(
                    f"The demo's facts are not folded after {FOLDED_WITHIN:.0f} s: {awaited} (make logs may show why)"
                )
            time.sleep(0.3)


def _publish(stack: Stack, facts: Sequence[people.Fact]) -> None:
    bus = session().client("events", endpoint_url=stack.aws)
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


def _unfolded(stack: Stack, facts: Sequence[people.Fact]) -> str:
    """What is still missing, or an empty text. It checks the records of the facts, whatever became of the customers."""
    layla = lookup(stack, people.LAYLA)
    if not layla["ok"]:
        # The authorizer rejects the token until the branch is registered.
        return f"the branch is not known yet: {layla['error']['code']}"
    ids = [fact.fact_id for fact in facts if "customer" in fact.fields]
    keys: list[Any] = [{"pk": {"S": f"{people.ENTERPRISE}#fact#{each}"}, "sk": {"S": "receipt"}} for each in ids]
    tables, records, found = session().client("dynamodb", endpoint_url=stack.aws), stack.tables["records"], 0
    for first in range(0, len(keys), READ_AT_ONCE):
        request: Any = {records: {"Keys": keys[first : first + READ_AT_ONCE], "ConsistentRead": True}}
        found += len(tables.batch_get_item(RequestItems=request)["Responses"][records])
    missing = len(ids) - found
    return f"{missing} of {len(ids)} are missing" if missing else ""


def _refused(stack: Stack) -> str:
    """Why a demo fact was refused, if the demo's enterprise has one in its list."""
    for body, reason in refused_of(session(), stack, people.ENTERPRISE):
        if f'"{people.FACT_PREFIX}' in body:
            return f"{reason} {body}"
    return ""
