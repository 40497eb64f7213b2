"""Messages to phones, by SMS."""

from __future__ import annotations

import os
from typing import Any, Protocol

import boto3
from botocore.config import Config

from customers.domain.identifiers.phone import Phone

_KIND = {"AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}}


class Publisher(Protocol):
    """What is asked of SNS."""

    def publish(self, *, PhoneNumber: str, Message: str, MessageAttributes: Any) -> Any: ...  # noqa: N803 - SNS's own


class Texts:
    """Sends through SNS. `sender` is what phones show as the sender, where the account has one registered."""

    def __init__(self, client: Publisher, sender: str = "") -> None:
        shown = {"AWS.SNS.SMS.SenderID": {"DataType": "String", "StringValue": sender}} if sender else {}
        self._client = client
        self._attributes = {**_KIND, **shown}

    @classmethod
    def connect(cls) -> Texts:
        """The sender named by `SMS_SENDER`, which may be empty."""
        # One try: the queue has the next, and a second in here might send what the first has sent.
        once = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})
        return cls(boto3.client("sns", config=once), os.environ["SMS_SENDER"])

    def send(self, phone: Phone, text: str) -> None:
        """Hand it over to be delivered. The text of what it raises may quote the number."""
        self._client.publish(PhoneNumber=phone.e164, Message=text, MessageAttributes=self._attributes)
