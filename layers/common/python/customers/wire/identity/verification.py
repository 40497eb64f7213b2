"""Verify a phone: the link's token, the answer, and the text of the SMS."""

from __future__ import annotations

from typing import Literal

from customers.wire.http.parameters import Parameter
from customers.wire.http.request import Request
from customers.wire.http.schema import TypedDict

MOST_OF_A_NAME = 30
"""Characters of the shop's name in a text, so that a link of 90 characters fits into three SMS."""

TOKEN_IN_PATH = Parameter(
    "token",
    "The last part of the link that we sent to the phone. It works once, within 24 hours.",
    where="path",
    required=True,
    example="mzxw6ytboi4dsnjwmfzgcylcmfzgcylc",
)


class VerifiedData(TypedDict):
    status: Literal["verified"]
    """The phone is verified. The answer names neither phone nor customer, because anyone may open a link."""


VERIFIED: VerifiedData = {"status": "verified"}


def read_token(request: Request) -> str:
    """The path's token, unchecked: an impossible token is refused like an unknown one."""
    return request.variable("token")


def link_text(shop: str, link: str) -> str:
    """The text of the SMS. The link is at its end, so that no phone takes a following letter for a part of it."""
    name = shop if len(shop) <= MOST_OF_A_NAME else f"{shop[: MOST_OF_A_NAME - 1]}…"
    return f"{name}: open this link to confirm your number.\nافتح الرابط لتأكيد رقمك.\n{link}"
