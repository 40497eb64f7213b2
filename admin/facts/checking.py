"""Whether a text can go into the fact queue: what `events/fold_facts` would say of it at the first glance."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from admin.stack.queues import MAX_BYTES
from customers.domain.refusals import Refusal
from customers.wire.facts.codec import read_fact

_NOT_CARRIED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def objection(text: str) -> str | None:
    """What keeps it from being a fact, as `field: issue` without any value of it; None when nothing does."""
    if len(text.encode(errors="surrogatepass")) > MAX_BYTES:
        return f"body: must be at most {MAX_BYTES} bytes"
    if _NOT_CARRIED.search(text):
        return "body: holds a character that a queue does not carry"
    try:
        read_fact(text, datetime.now(UTC))
    except Refusal as refusal:
        return str(refusal)
    return None
