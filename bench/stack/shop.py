"""An enterprise on a running stack, as a till, an office and other domains see it."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import requests

from tests.support.stack.own_stack import client, signed

POLL = 0.02
"""Seconds between two looks, which take from what they wait for."""
PATIENCE = 120.0


class Shop:
    """One enterprise with one branch."""

    def __init__(self, stack: dict[str, Any]) -> None:
        self.id, self.merchant, self.branch = (str(uuid.uuid4()) for _ in range(3))
        self._stack = stack
        self._bus = client(stack, "events")
        self._session = requests.Session()
        self.put([self.fact("enterprise.configured", name="Bench", currency="QAR", home_region="QA")])
        self.put([self.fact("branch.registered", merchant_id=self.merchant, branch_id=self.branch)])
        place = {"merchant_id": self.merchant, "branch_id": self.branch}
        everything = ["customer:READ", "customer:SEARCH", "customer:DELETE", "customer:STATS"]
        self.office = self._token("enterprise-admin", permissions=everything)
        # A token that came too early is refused for a minute: each look has its own.
        path = "/customers/lookup?phone=%2B97433001122"
        until(lambda: self.get(path, self._token("pos-terminal", **place)).status_code == 200)
        self.till = self._token("pos-terminal", **place)

    def fact(self, kind: str, phone: str = "", **fields: Any) -> dict[str, str]:
        """An entry of the bus."""
        detail = {
            "fact_id": str(uuid.uuid4()),
            "enterprise_id": self.id,
            "occurred_at": datetime.now(UTC).isoformat(),
            **({"customer": {"phone": phone}} if phone else {}),
            **fields,
        }
        source = {"EventBusName": self._stack["bus"], "Source": "partner.bench", "DetailType": kind}
        return {**source, "Detail": json.dumps(detail)}

    def put(self, entries: Sequence[Mapping[str, str]]) -> None:
        """Put facts on the bus, at most ten."""
        answer = self._bus.put_events(Entries=list(entries))
        if answer["FailedEntryCount"]:
            raise RuntimeError("the bus has not taken all facts")

    def get(self, path: str, token: str = "", session: requests.Session | None = None) -> requests.Response:
        return self.send("GET", path, token, session)

    def send(
        self, method: str, path: str, token: str = "", session: requests.Session | None = None, **more: Any
    ) -> requests.Response:
        """By the till, unless another token is given."""
        headers = {"Authorization": f"Bearer {token or self.till}", **more.pop("headers", {})}
        return (session or self._session).request(
            method, self._stack["api"] + path, headers=headers, timeout=PATIENCE, **more
        )

    def _token(self, audience: str, **claims: Any) -> str:
        now = int(time.time())
        usual = {"iss": self._stack["issuer"], "aud": audience, "sub": "bench", "iat": now, "exp": now + 36_000}
        return signed(self._stack, {**usual, "jti": str(uuid.uuid4()), "enterprise_id": self.id, **claims})


class NotSeen(RuntimeError):  # noqa: N818 - a finding
    """Nobody saw it within `PATIENCE`."""


def until(seen: Callable[[], Any]) -> float:
    """When something is seen for the first time, in seconds of the monotonic clock. Raises `NotSeen`."""
    return each_until({"": seen})[""]


def each_until(looks: Mapping[str, Callable[[], Any]]) -> dict[str, float]:
    """The same for several things, by their names."""
    deadline, found = time.monotonic() + PATIENCE, dict[str, float]()
    while True:
        for name in looks.keys() - found:
            if looks[name]():
                found[name] = time.monotonic()
        if len(found) == len(looks):
            return found
        if time.monotonic() > deadline:
            raise NotSeen(f"not seen within {PATIENCE:.0f} seconds")
        time.sleep(POLL)


def percentile(seconds: Sequence[float], share: int) -> str:
    """In milliseconds."""
    found = sorted(seconds)
    return f"{found[min(len(found) - 1, len(found) * share // 100)] * 1e3:,.0f} ms"
