"""Read the SMS that the emulator keeps instead of sending them, and the link in the latest one."""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import time
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from local.refusal import Refusal
from local.stack.completion import session

PATIENCE = 30.0
"""Seconds. An SMS is there a second or two after the request."""
POLL = 0.2
QATAR = "+974"
_LINK = re.compile(r"https?://\S+")


def number(text: str) -> str:
    """An argparse type: a phone in E.164."""
    digits = re.sub(r"[\s().-]", "", text)
    if re.fullmatch(r"[0-9]{8}", digits):
        # The demo enterprise's home region.
        return QATAR + digits
    digits = re.sub(r"^00", "+", digits)
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", digits):
        raise argparse.ArgumentTypeError(f"{text!r} is not a phone: make sms PHONE=+97455003345")
    return digits


def await_link(stack: Mapping[str, Any], phone: str, patience: float = PATIENCE) -> str:
    """The latest link, once there is an unused one. Raises `Refusal` when none comes."""
    deadline = time.monotonic() + patience
    while True:
        links = [found.group() for text in _sent(stack["aws"], phone) if (found := _LINK.search(text))]
        if links and _leads_somewhere(stack, links[-1]):
            return links[-1]
        if time.monotonic() >= deadline:
            what = "an SMS with a link that still works" if links else "an SMS"
            raise Refusal(f"{phone} did not get {what} within {patience:g} s: make logs may show why")
        time.sleep(POLL)


def _sent(endpoint: str, phone: str) -> list[str]:
    # The address is the stack's own.
    address = f"{endpoint}/_ministack/sns/sms-messages?{urlencode({'phoneNumber': phone})}"
    with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310
        return [each["Message"] for each in json.load(answer)["sms_messages"].get(phone, [])]


def _leads_somewhere(stack: Mapping[str, Any], link: str) -> bool:
    """Whether the link still has a row. The page behind a used or replaced link looks the same, so it cannot tell."""
    key = hashlib.sha256(link.rpartition("/")[2].encode()).hexdigest()
    links = session().client("dynamodb", endpoint_url=stack["aws"])
    row = links.get_item(TableName=stack["tables"]["verifications"], Key={"pk": {"S": key}}, ConsistentRead=True)
    return "Item" in row and int(row["Item"]["ttl"]["N"]) > time.time()
