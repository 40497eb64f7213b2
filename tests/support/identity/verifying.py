"""Phones that are to be verified: asked for as a correction does, and the texts that went out."""

from __future__ import annotations

import json
import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.sns.models import sns_backends
from mypy_boto3_dynamodb import DynamoDBClient

from customers.domain.events.published import SOURCE
from customers.domain.identifiers.phone import Phone
from customers.domain.identity.verification import Verification, token_hash
from customers.store.dynamodb import transactions
from customers.store.identity.verification_requests import VerificationRequests
from customers.store.identity.verifications import Verifications
from tests.support.hash_keys import secret

LINKS = "VerificationsTable"
MOST_A_DAY = 100
SECRET = secret
LINK = re.compile(r"https://api-1\.example\.com/v1/partner/verifications/(\S+)$")


def asked(phone: str, at: datetime | None = None) -> Verification:
    return Verification(f"ver_{uuid.uuid4().hex}", Phone(phone), at or datetime.now(UTC) - timedelta(seconds=1))


def ask(client: DynamoDBClient, enterprise: str, customer_id: str, verification: Verification) -> None:
    """What a correction puts beside the move of a phone."""
    requests = VerificationRequests(client, "RecordsTable", LINKS, SECRET)
    asked_at = verification.requested_at
    transactions.commit(client, requests.writes(enterprise, customer_id, verification, asked_at, MOST_A_DAY))


def verifications(client: DynamoDBClient) -> Verifications:
    return Verifications(client, "CustomersTable", "RecordsTable", LINKS, "ReceiptsTable")


def event(enterprise: str, customer_id: str, verification_id: str) -> str:
    """The queue's message, as the bus makes it of what is published."""
    detail = {
        "event_id": "evt_1",
        "version": 1,
        "enterprise_id": enterprise,
        "customer_id": customer_id,
        "verification_id": verification_id,
        "requested_at": "2026-06-05T09:10:00Z",
    }
    around = {"version": "0", "source": SOURCE, "detail-type": "customer.verification_requested", "resources": []}
    return json.dumps({**around, "detail": detail})


def batch(*bodies: str, tries: int = 1) -> dict[str, Any]:
    return {
        "Records": [
            {
                "messageId": f"m-{number}",
                "receiptHandle": f"r-{number}",
                "attributes": {"ApproximateReceiveCount": str(tries)},
                "body": body,
            }
            for number, body in enumerate(bodies)
        ]
    }


def texts() -> list[tuple[str, str]]:
    """Phone and message of every SMS that has been sent in memory, the earliest first."""
    sent = sns_backends["123456789012"]["us-east-1"].sms_messages.values()
    return [(phone, message) for phone, message, *_ in sent]


def forget_texts() -> None:
    sns_backends["123456789012"]["us-east-1"].sms_messages.clear()


def tokens() -> list[str]:
    """Those of the links that have been sent."""
    found = [LINK.search(message) for _, message in texts()]
    return [each[1] for each in found if each]


def leads(client: DynamoDBClient, token: str) -> str | None:
    """The verification that a token is for, if it leads anywhere now."""
    link = verifications(client).link(token_hash(token), datetime.now(UTC))
    return link.verification_id if link else None
