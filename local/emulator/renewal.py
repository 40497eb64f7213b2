"""Renew tokens as Amazon Cognito does: with the person's groups and attributes.

The emulator's `/oauth2/token` renews one without them, so the trigger that turns groups into permissions finds none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Mint = Callable[..., str]
RENEWING = "TokenGeneration_RefreshTokens"


def with_groups(mint: Mint, user_of: Callable[[str, str], dict[str, Any] | None]) -> Mint:
    """`mint` makes a token for a subject of a pool. `user_of` finds a person of a pool by name."""

    def minted(sub: str, pool_id: str, *rest: str, **more: Any) -> str:
        renewing = more.get("trigger_source") == RENEWING and "groups" not in more
        user = user_of(pool_id, more.get("username", "")) if renewing else None
        if user:
            attributes = {each["Name"]: each.get("Value", "") for each in user.get("Attributes", [])}
            more = {"user_attrs": attributes, "groups": user.get("_groups", []), **more}
        return mint(sub, pool_id, *rest, **more)

    return minted


def install(cognito: Any) -> None:
    """Have the emulator's module mint its tokens so."""

    def user_of(pool_id: str, username: str) -> dict[str, Any] | None:
        pool = cognito._get_pool_unscoped(pool_id)
        return pool["_users"].get(username) if pool else None

    cognito._fake_token = with_groups(cognito._fake_token, user_of)
