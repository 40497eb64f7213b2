"""The folded identify: where to go instead."""

from __future__ import annotations

from customers.domain.enterprise import Settings
from customers.wire.http.request import Request
from customers.wire.http.schema import TypedDict

IDENTIFY = "/v1/partner/identify"


class OperationToUse(TypedDict):
    operation: str
    """Its name in `GET /capabilities`, which tells whether this environment mounts it."""
    method: str
    path: str
    when: str


class FoldedData(TypedDict):
    folded: str
    """The path that was called: it does nothing but point elsewhere."""
    use: OperationToUse
    """What the redirect leads to, with the same method and body."""
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
        "when": "One is open: this attaches the customer to it, and is the better way.",
    },
}
FOLDED_HEADERS = {"Location": f"`{IDENTIFY}`."}


def read_nothing(_request: Request, _settings: Settings) -> None:
    """Whatever is sent is for the operation that is to be called instead."""
