"""Calls the API as a till and as an administrator, with tokens of the stack's own issuer."""

from __future__ import annotations

import base64
import json
import re
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from admin.stack.refusal import Refusal

PATIENCE = 60.0
POLL = 0.2
BASE = "/v1/partner"
Check = tuple[str, Callable[[], None]]


class Failed(Exception):  # noqa: N818 - the outcome of a check
    """What a check saw in place of what it should have seen. It quotes no person's data."""


class Elsewhere(Exception):  # noqa: N818 - the outcome of a check
    """What this stack does not have: the emulator lacks it, or the environment does not mount it."""


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


@dataclass(frozen=True)
class Operation:
    """A route of the API, and whether this environment mounts it."""

    name: str
    method: str
    path: re.Pattern[str]
    is_literal: bool
    is_mounted: bool


@dataclass
class Caller:
    """One enterprise of the smoke test's own: the one that both tokens name."""

    api: str
    till: str = field(repr=False)
    admin: str = field(repr=False)
    operations: dict[str, Operation] = field(default_factory=dict)
    """By name, as `GET /capabilities` lists them."""
    called: set[str] = field(default_factory=set)
    """The operations that have been called."""

    def __post_init__(self) -> None:
        mine, theirs = _claims(self.till), _claims(self.admin)
        if mine.get("enterprise_id") != theirs.get("enterprise_id") or not mine.get("branch_id"):
            raise Refusal("The two tokens must name one enterprise, and the till's a merchant and a branch")
        self.enterprise, self.merchant, self.branch = (
            str(mine[name]) for name in ("enterprise_id", "merchant_id", "branch_id")
        )

    def learn(self) -> None:
        """Read which operations there are. Raises `Failed` where that is not answered."""
        reply = self.send("GET", "/capabilities", None)
        if reply.status != 200 or not reply.data["operations"]:
            raise Failed(f"{reply.status} {reply.code}")
        self.operations = {each["name"]: _operation(each) for each in reply.data["operations"]}
        self._note("GET", "/capabilities")

    def send(
        self, method: str, path: str, token: str | None, body: Any = None, *, spelling: int = 0, **headers: str
    ) -> Reply:
        """One request. An error is an answer too. Raises `Failed` if nothing answers.

        The gateway keeps the authorizer's answer for a minute, by the whole header. Another `spelling` (below 64) of
        the word Bearer is asked about anew.
        """
        self._note(method, path)
        content = json.dumps(body).encode() if body is not None else None
        sent = {"User-Agent": "customers-smoke", **({"Authorization": f"{_bearer(spelling)} {token}"} if token else {})}
        if content is not None:
            sent |= {"Content-Type": "application/json"}
        if method != "GET":
            sent |= {"Idempotency-Key": uuid.uuid4().hex}
        sent |= {"Audit-Reason": "smoke test"} | {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.api + path, content, sent, method=method)  # noqa: S310 - the stack's own
        return opened(request)

    def expect(self, status: int, method: str, path: str, token: str | None, body: Any = None, **headers: str) -> Reply:
        """The answer. Raises `Failed` for another status, and `Elsewhere` if this environment does not mount it."""
        operation = self._find(method, path)
        reply = self.send(method, path, token, body, spelling=0, **headers)
        if operation and not operation.is_mounted and (reply.status, reply.code) == (404, "NOT_FOUND"):
            raise Elsewhere(f"this environment does not mount {operation.name}, and answers 404")
        if reply.status != status:
            raise Failed(f"{operation.name if operation else path}: {reply.status} {reply.code}, not {status}")
        return reply

    def left_out(self) -> list[str]:
        """The mounted operations that nobody has called."""
        return sorted(name for name, each in self.operations.items() if each.is_mounted and name not in self.called)

    def _note(self, method: str, path: str) -> None:
        if operation := self._find(method, path):
            self.called.add(operation.name)

    def _find(self, method: str, path: str) -> Operation | None:
        """A path without parameters comes before one with them."""
        plain = path.partition("?")[0]
        found = [each for each in self.operations.values() if each.method == method and each.path.fullmatch(plain)]
        return min(found, key=lambda each: not each.is_literal, default=None)


def _operation(entry: Mapping[str, Any]) -> Operation:
    path = entry["path"].removeprefix(BASE)
    pattern = re.compile("[^/]+".join(map(re.escape, re.split(r"\{\w+\}", path))))
    return Operation(entry["name"], entry["method"], pattern, "{" not in path, entry["mounted"])


def _bearer(spelling: int) -> str:
    return "".join(
        letter.upper() if bool(spelling >> place & 1) != (place == 0) else letter
        for place, letter in enumerate("bearer")
    )


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
