"""What the gateway and the authorizer refuse, each in the envelope."""

from __future__ import annotations

from collections.abc import Callable

from admin.smoke.caller import Caller, Failed, Reply

Check = tuple[str, Callable[[], None]]
LOOKUP = "/customers/lookup?phone=%2B97410000001"
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
        ("403 for an unknown branch", _refused(403, "FORBIDDEN", lambda: caller.send("GET", LOOKUP, caller.till))),
    ]


def later(caller: Caller) -> list[Check]:
    """Once it is registered."""
    large = {"query": "x" * LARGE}
    too_large = _refused(
        413, "PAYLOAD_TOO_LARGE", lambda: caller.send("POST", "/customers/search", caller.admin, large)
    )
    of_a_till = _refused(401, "INVALID_API_KEY", lambda: caller.send("GET", "/customers/stats", caller.till))
    return [("413 for a large body", too_large), ("401 for another audience", of_a_till)]
