"""Consumes the verifications queue: sends a link to each phone that must be verified."""

import base64
import os
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from customers.domain.enterprise import Settings
from customers.domain.identity.verification import LINK_LIVES, still_asked, token_hash
from customers.domain.refusals import NotYet
from customers.edge.messaging.outcomes import Outcome, one_by_one
from customers.edge.messaging.queue_consumer import consume
from customers.store.aws.queues import VerificationQueue
from customers.store.aws.sms import SmsSender
from customers.store.identity.verifications import Verifications
from customers.store.registry import Registry
from customers.wire.events.own_events import read_verification_requested
from customers.wire.identity.verification import link_text

TOKEN_BYTES = 20


def send(
    body: str,
    verifications: Verifications,
    settings: Callable[[str], Settings | None],
    texts: SmsSender,
    base: str,
) -> Outcome:
    link = read_verification_requested(body)
    verification = still_asked(link, *verifications.awaited(link))
    if verification is None or verification.sent:
        return "sent_before" if verification else "superseded"
    shop = _configured(settings(link.enterprise))
    token = _new_token()
    # Stored before it is sent, so that a received link always works. Only the SMS has the token itself.
    verifications.add_link(token_hash(token), link, datetime.now(UTC) + LINK_LIVES)
    texts.send(verification.phone, link_text(shop.name, f"{base}/verifications/{token}"))
    verifications.mark_sent(link)
    return "sent"


def _configured(settings: Settings | None) -> Settings:
    if settings is None:
        raise NotYet("enterprise_id", "this enterprise has not been configured yet")
    return settings


def _new_token() -> str:
    """160 random bits in letters and digits: some phones drop a `-` or `_` at the end of a link."""
    return base64.b32encode(secrets.token_bytes(TOKEN_BYTES)).decode().lower()


sending = partial(
    send,
    verifications=Verifications.connect(),
    settings=Registry.connect().settings,
    texts=SmsSender.connect(),
    base=os.environ["LINK_BASE"].replace("{api}", os.environ["API_ID"]),
)
handler = consume("send_verification", one_by_one(sending), VerificationQueue.connect())
