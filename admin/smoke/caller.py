"""Calls the API as a till and as an administrator, with tokens of the stack's own issuer."""

from __future__ import annotations

import base64
import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from admin.stack.refusal import Refusal

PATIENCE = 60.0
POLL = 0.5


class Failed(Exception):  # noqa: N818 - the outcome of a check
    """What a check saw in place of what it should have seen. It quotes no person's data."""


@dataclass(frozen=True)
class Reply:
    """An answer of the API, or of the gateway before it."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        return json.loads(self.body)["data"]

    @property
    def code(self) -> str:
        """The error's code; empty where the answer is no envelope."""
        try:
            return str((json.loads(self.body).get("error") or {}).get("code", ""))
        except (ValueError, AttributeError):
            return ""


@dataclass
class Caller:
    """One enterprise of the smoke test's own: the one that both tokens name."""

    api: str
    till: str = field(repr=False)
    admin: str = field(repr=False)

    def __post_init__(self) -> None:
        mine, theirs = _claims(self.till), _claims(self.admin)
        if mine.get("enterprise_id") != theirs.get("enterprise_id") or not mine.get("branch_id"):
            raise Refusal("The two tokens must name one enterprise, and the till's a merchant and a branch")
        self.enterprise, self.merchant, self.branch = (
            str(mine[name]) for name in ("enterprise_id", "merchant_id", "branch_id")
        )

    def send(self, method: str, path: str, token: str | None, body: Any = None, **headers: str) -> Reply:
        """One request. An error is an answer too. Raises `Failed` if nothing answers."""
        content = json.dumps(body).encode() if body is not None else None
        sent = {"User-Agent": "customers-smoke", **({"Authorization": f"Bearer {token}"} if token else {})}
        if content is not None:
            sent |= {"Content-Type": "application/json"}
        if method != "GET":
            sent |= {"Idempotency-Key": uuid.uuid4().hex}
        sent |= {"Audit-Reason": "smoke test"} | {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.api + path, content, sent, method=method)  # noqa: S310 - the stack's own
        return opened(request)

    def expect(self, status: int, method: str, path: str, token: str, body: Any = None, **headers: str) -> Reply:
        reply = self.send(method, path, token, body, **headers)
        if reply.status != status:
            raise Failed(f"{reply.status} {reply.code}, not {status}")
        return reply


def opened(request: urllib.request.Request) -> Reply:
    """Raises `Failed` if nothing answers."""
    try:
        with urllib.request.urlopen(request, timeout=40) as answer:  # noqa: S310 - the stack's own addresses
            return Reply(answer.status, dict(answer.headers), answer.read())
    except urllib.error.HTTPError as error:
        return Reply(error.code, dict(error.headers), error.read())
    except OSError as error:
        raise Failed(f"no answer: {type(error).__name__}") from error


def until(seen: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Raises `Failed` if it is not seen within so many seconds."""
    end = time.monotonic() + patience
    while not seen():
        if time.monotonic() > end:
            raise Failed(f"{what}: not within {patience:g} s")
        time.sleep(POLL)


def _claims(token: str) -> dict[str, Any]:
    """Read, not verified: the stack does that."""
    try:
        part = token.split(".")[1]
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError):
        raise Refusal("A token is not a JWT: set SMOKE_TILL and SMOKE_ADMIN") from None
    return claims
