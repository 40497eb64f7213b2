"""Check whether a text can go into the fact queue, as `events/fold_facts` would at first."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from admin.stack.queues import MAX_BYTES
from customers.domain.refusals import Refusal
from customers.wire.facts.codec import read_fact

_NOT_CARRIED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def objection(text: str) -> str | None:
    """Why the text is not a fact, as `field: issue` without any of its values; None if it is one."""
    if len(text.encode(errors="surrogatepass")) > MAX_BYTES:
        return f"body: must be at most {MAX_BYTES} bytes"
    if _NOT_CARRIED.search(text):
        return "body: has a character that SQS does not accept"
    try:
        read_fact(text, datetime.now(UTC))
    except Refusal as refusal:
        return str(refusal)
    return None
