"""Text messages to phones."""

from __future__ import annotations

import os
from typing import Any, Protocol

import boto3
from botocore.config import Config

from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import OutcomeUnknown
from customers.store.faults import named_faults

_KIND = {"AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}}


class Publisher(Protocol):
    """What this module uses of SNS."""

    def publish(self, *, PhoneNumber: str, Message: str, MessageAttributes: Any) -> Any: ...  # noqa: N803 - SNS's own


class SmsSender:
    """Sends through SNS. `sender` is the name that phones show, if the account has registered one."""

    def __init__(self, client: Publisher, sender: str = "") -> None:
        shown = {"AWS.SNS.SMS.SenderID": {"DataType": "String", "StringValue": sender}} if sender else {}
        self._client = client
        self._attributes = {**_KIND, **shown}

    @classmethod
    def connect(cls) -> SmsSender:
        """The sender named by `SMS_SENDER`, which may be empty."""
        # One attempt: the queue brings the next one, and a second one here might send the same text twice.
        single = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})
        return cls(boto3.client("sns", config=single), os.environ["SMS_SENDER"])

    def send(self, phone: Phone, text: str) -> None:
        """Hand the text over for delivery. Raises `Unavailable`. A defect's text may quote the number."""
        with named_faults(OutcomeUnknown):
            self._client.publish(PhoneNumber=phone.e164, Message=text, MessageAttributes=self._attributes)
