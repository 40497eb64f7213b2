"""What the gateway and the authorizer refuse, each in the envelope."""

from __future__ import annotations

from collections.abc import Callable

from admin.smoke.caller import Caller, Failed, Reply

Check = tuple[str, Callable[[], None]]
LOOKUP = "/customers/lookup?phone=%2B97410000001"
LARGE = 80 * 1024
"""Bytes: more than a body may have."""


def checks(caller: Caller) -> list[Check]:
    """Before the enterprise is registered: its till has a valid token of an unknown branch."""

    def refused(status: int, code: str, send: Callable[[], Reply], *names: str) -> Callable[[], None]:
        def check() -> None:
            reply = send()
            if (reply.status, reply.code) != (status, code):
                raise Failed(f"{reply.status} {reply.code or 'without an envelope'}, not {status} {code}")
            present = {name.lower() for name in reply.headers}
            if missing := [name for name in ("X-Request-Id", *names) if name.lower() not in present]:
                raise Failed(f"without {', '.join(missing)}")

        return check

    forged = caller.till[:-6] + "AAAAAA"
    return [
        (
            "401 without a token",
            refused(401, "INVALID_API_KEY", lambda: caller.send("GET", LOOKUP, None), "WWW-Authenticate"),
        ),
        ("401 with a forged token", refused(401, "INVALID_API_KEY", lambda: caller.send("GET", LOOKUP, forged))),
        ("401 for another audience", refused(401, "INVALID_API_KEY", lambda: caller.send("GET", LOOKUP, caller.admin))),
        (
            "404 on an unknown route",
            refused(404, "NOT_FOUND", lambda: caller.send("GET", "/no/such/thing", caller.till)),
        ),
        ("404 with another method", refused(404, "NOT_FOUND", lambda: caller.send("POST", "/openapi", caller.till))),
        (
            "413 for a large body",
            refused(
                413,
                "PAYLOAD_TOO_LARGE",
                lambda: caller.send("POST", "/customers/search", caller.admin, {"query": "x" * LARGE}),
            ),
        ),
        ("403 for an unknown branch", refused(403, "FORBIDDEN", lambda: caller.send("GET", LOOKUP, caller.till))),
    ]
