"""The folded identify: the operations to use instead."""

from __future__ import annotations

from customers.domain.enterprise import Settings
from customers.wire.http.request import Request
from customers.wire.http.schema import TypedDict

IDENTIFY = "/v1/partner/identify"


class OperationToUse(TypedDict):
    operation: str
    """The operation's name in `GET /capabilities`, which shows whether this environment mounts it."""
    method: str
    path: str
    when: str


class FoldedData(TypedDict):
    folded: str
    """The path that you called. It only points to the operations below."""
    use: OperationToUse
    """The target of the redirect, with the same method and body."""
    or_use: OperationToUse


FOLDED: FoldedData = {
    "folded": "/v1/partner/customers/identify",
    "use": {
        "operation": "identify",
        "method": "POST",
        "path": IDENTIFY,
        "when": "No checkout session is open.",
    },
    "or_use": {
        "operation": "identify_session",
        "method": "POST",
        "path": "/v1/partner/checkout/sessions/{id}/identify",
        "when": "A checkout session is open. This attaches the customer to it and is the better way.",
    },
}
FOLDED_HEADERS = {"Location": f"`{IDENTIFY}`."}


def read_nothing(_request: Request, _settings: Settings) -> None:
    """Ignores the request: it is meant for the operation that replaces this one."""
