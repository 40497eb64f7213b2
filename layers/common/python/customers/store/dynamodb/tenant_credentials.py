"""Credentials for the rows of one enterprise: of a role whose policy compares each key with the session's tag.

So a mistake in our code that names a key of another enterprise is refused by AWS.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import botocore.session
from botocore.config import Config
from botocore.credentials import Credentials as BotocoreCredentials
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import BotoCoreError, ClientError

from customers.store.client_errors import NotSent
from customers.store.dynamodb.lean.signature import Credentials, checked
from customers.tenant import spoken_for

TAG = "enterprise_id"
SECONDS = 3600
"""The longest life of a session that one role opens with another."""
RENEWED_BEFORE = 300
"""Seconds before their end from which credentials are renewed. A function runs for less than half a minute."""
MOST = 1_000
"""Enterprises whose credentials a process keeps."""


class _Kept(NamedTuple):
    credentials: Credentials
    until: float


class TenantCredentials:
    """Keeps the credentials of each enterprise until shortly before they end."""

    def __init__(self, client: Any, role: str, clock: Callable[[], float] = time.time) -> None:
        """`client` is one of STS; `role` is an ARN."""
        self._client = client
        self._role = role
        self._clock = clock
        self._kept: dict[str, _Kept] = {}

    @classmethod
    @cache
    def connect(cls, role: str) -> TenantCredentials:
        """One for the process, so that all clients share what it keeps."""
        config = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 2})
        return cls(botocore.session.get_session().create_client("sts", config=config), role)

    def current(self) -> Credentials:
        """Those of the enterprise that the request is answered for; one request to STS an hour and enterprise.

        Raises `NotSent` where STS gives none, and `RuntimeError` where no request is being answered.
        """
        enterprise = spoken_for()
        if enterprise is None:
            raise RuntimeError("no enterprise is spoken for, so no rows may be touched")
        kept = self._kept.get(enterprise)
        if kept is None or self._clock() >= kept.until - RENEWED_BEFORE:
            kept = self._renewed(enterprise, kept)
        return kept.credentials

    def _renewed(self, enterprise: str, kept: _Kept | None) -> _Kept:
        try:
            answer = self._client.assume_role(
                RoleArn=self._role,
                RoleSessionName="tenant",
                DurationSeconds=SECONDS,
                Tags=[{"Key": TAG, "Value": enterprise}],
            )
        except (BotoCoreError, ClientError) as fault:
            # They are good to their end: STS has minutes to come back.
            if kept is not None and self._clock() < kept.until:
                return kept
            raise NotSent(f"no credentials: {type(fault).__name__}") from None
        given = answer["Credentials"]
        credentials = checked(Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]))
        if len(self._kept) >= MOST:
            self._kept.pop(next(iter(self._kept)))
        self._kept[enterprise] = _Kept(credentials, given["Expiration"].timestamp())
        return self._kept[enterprise]


class ForBotocore(BotocoreCredentials):
    """The same for a client of botocore, which asks for them at each request."""

    def __init__(self, credentials: TenantCredentials) -> None:
        super().__init__("-", "-")
        self._credentials = credentials

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        return ReadOnlyCredentials(*self._credentials.current())

    def load_credentials(self) -> ForBotocore:
        """It stands in for botocore's chain of providers, too."""
        return self
