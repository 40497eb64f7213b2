"""One token at a time, fetched by the host's callback and renewed before it ends."""

from __future__ import annotations

import base64
import json
import math
import re
import threading
import time
from collections.abc import Callable

from customers_till.errors import TokenError

_AHEAD = 60.0
_AT_LEAST = 5.0
_PATIENCE = 10.0
"""Seconds after which a callback that has not ended no longer holds up others."""


class Tokens:
    """Gives the current token, from any thread. `ask` gives a new token, or one that still lives."""

    def __init__(self, ask: Callable[[], str]) -> None:
        self._ask = ask
        self._lock = threading.Condition()
        self._held: tuple[str, float] | None = None
        self._asking_since: float | None = None
        self._failure: BaseException | None = None
        self._asked = 0

    def get(self, refused: str | None = None) -> str:
        """A token that lives for a few seconds more; not `refused`, which the service has just refused.

        One that ends soon is renewed meanwhile, so that no lookup waits for it. Raises `TokenError`.
        """
        with self._lock:
            held = self._held
            left = held[1] - time.monotonic() if held and held[0] != refused else 0.0
            if held and left >= _AT_LEAST:
                if left < _AHEAD:
                    self._begin()
                return held[0]
            self._begin()
            asked = self._asked
            self._lock.wait_for(lambda: self._asking_since is None or self._asked != asked, _PATIENCE)
            if self._failure is not None:
                raise TokenError("the token callback failed or gave no token") from self._failure
            if self._held is None or self._held[0] == refused:
                raise TokenError("the token callback gave no new token")
            return self._held[0]

    def _begin(self) -> None:
        now = time.monotonic()
        if self._asking_since is not None and now - self._asking_since < _PATIENCE:
            return
        self._asking_since = now
        self._asked += 1
        threading.Thread(target=self._renew, args=(self._asked,), name="token", daemon=True).start()

    def _renew(self, number: int) -> None:
        failure: BaseException | None = None
        text = ""
        try:
            text = self._ask()
            if not isinstance(text, str) or not re.fullmatch(r"[!-~]+", text):
                raise TokenError("the token callback gave no token")
        # Whatever the host's code raises becomes a TokenError of those who wait.
        except Exception as error:  # noqa: BLE001
            failure = error
        with self._lock:
            if number != self._asked:
                return
            self._asking_since = None
            self._failure = failure
            if failure is None:
                self._held = (text, time.monotonic() + _lives_for(text))
            self._lock.notify_all()


def _lives_for(token: str) -> float:
    """Seconds. A till's clock may be wrong: a new token that seems to be over counts from now. One that cannot be read
    counts until it is refused."""
    try:
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        whole = float(claims["exp"]) - float(claims.get("iat", claims["exp"] - 300))
        left = float(claims["exp"]) - time.time()
    except (IndexError, KeyError, TypeError, ValueError):
        return math.inf
    return min(left, whole) if left > 0 else whole
