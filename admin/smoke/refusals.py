"""What the gateway and the authorizer refuse, each in the envelope."""

from __future__ import annotations

from collections.abc import Callable

from admin.smoke.caller import Caller, Check, Elsewhere, Failed, Reply

LOOKUP = "/customers/lookup?phone=%2B97410000001"
REFUSED = 63
"""The spelling of Bearer that a refusal is kept for."""
LARGE = 80 * 1024
"""Bytes: more than a body may have."""


def _refused(status: int, code: str, send: Callable[[], Reply], *names: str) -> Callable[[], None]:
    def check() -> None:
        reply = send()
        if (reply.status, reply.code) != (status, code):
            raise Failed(f"{reply.status} {reply.code or 'without an envelope'}, not {status} {code}")
        present = {name.lower() for name in reply.headers}
        if missing := [name for name in ("X-Request-Id", *names) if name.lower() not in present]:
            raise Failed(f"without {', '.join(missing)}")

    return check


def checks(caller: Caller) -> list[Check]:
    """Before the enterprise is registered: its till has a valid token of an unknown branch."""
    forged = caller.till[:-6] + "AAAAAA"
    return [
        (
            "401 without a token",
            _refused(401, "INVALID_API_KEY", lambda: caller.send("GET", LOOKUP, None), "WWW-Authenticate"),
        ),
        ("401 with a forged token", _refused(401, "INVALID_API_KEY", lambda: caller.send("GET", LOOKUP, forged))),
        (
            "404 on an unknown route",
            _refused(404, "NOT_FOUND", lambda: caller.send("GET", "/no/such/thing", caller.till)),
        ),
        ("404 with another method", _refused(404, "NOT_FOUND", lambda: caller.send("POST", "/openapi", caller.till))),
        ("403 for an unknown branch", _refused(403, "FORBIDDEN", lambda: _unknown(caller))),
    ]


def _unknown(caller: Caller) -> Reply:
    """The refusal is kept for this spelling alone, so that the till is let in as soon as it is known."""
    return caller.send("GET", LOOKUP, caller.till, spelling=REFUSED)


def later(caller: Caller) -> list[Check]:
    """Once it is registered."""
    large = {"query": "x" * LARGE}
    too_large = _refused(
        413, "PAYLOAD_TOO_LARGE", lambda: caller.send("POST", "/customers/search", caller.admin, large)
    )
    of_tills = _refused(401, "INVALID_API_KEY", lambda: caller.send("POST", "/customers/identify", caller.admin, {}))
    return [
        ("413 for a large body", lambda: _if_mounted(caller, "search", too_large)),
        ("401 for another audience", lambda: _if_mounted(caller, "folded_identify", of_tills)),
    ]


def _if_mounted(caller: Caller, name: str, check: Callable[[], None]) -> None:
    """What is not mounted is a 404, whoever asks and with whatever body."""
    if not caller.operations[name].is_mounted:
        raise Elsewhere(f"this environment does not mount {name}")
    check()
