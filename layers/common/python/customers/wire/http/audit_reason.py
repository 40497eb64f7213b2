"""The reason that an administrator gives for a request. The activity log keeps it."""

from __future__ import annotations

from customers.domain.refusals import ValidationError
from customers.wire.http.parameters import Parameter
from customers.wire.http.request import Request

MAX_REASON = 200
_HEADER = "Audit-Reason"

AUDIT_REASON = Parameter(
    _HEADER,
    "The reason for the request, for the activity log: a ticket number, for example. It must not have personal data.",
    where="header",
    schema={"type": "string", "minLength": 1, "maxLength": MAX_REASON},
    example="ticket 4711",
)


def read_reason(request: Request) -> str | None:
    """Raises `ValidationError`."""
    sent = request.every(_HEADER)
    if not sent:
        return None
    if len(sent) > 1:
        raise ValidationError(_HEADER, "was sent more than once; send it once")
    reason = sent[0].strip()
    if not 0 < len(reason) <= MAX_REASON or not reason.isprintable():
        raise ValidationError(_HEADER, f"must be 1 to {MAX_REASON} printable characters")
    return reason
