"""A renewed token of the local stack's user pool says as much as the first one."""

from __future__ import annotations

from typing import Any

from local.emulator.renewal import RENEWING, with_groups

MANAGER = {"Username": "manager", "Attributes": [{"Name": "sub", "Value": "s-1"}], "_groups": ["managers"]}


def minted(*given: str, **more: Any) -> dict[str, Any]:
    """What the emulator is asked for."""
    found: dict[str, Any] = {}

    def mint(*rest: str, **rest_by_name: Any) -> str:
        found.update(rest=rest, **rest_by_name)
        return "token"

    assert with_groups(mint, lambda pool, name: MANAGER if (pool, name) == ("pool", "manager") else None)(
        *given, **more
    )
    return found


def test_a_renewed_token_has_the_groups_and_attributes() -> None:
    asked = minted("s-1", "pool", "client", "access", username="manager", trigger_source=RENEWING)
    assert asked == {
        "rest": ("s-1", "pool", "client", "access"),
        "username": "manager",
        "trigger_source": RENEWING,
        "user_attrs": {"sub": "s-1"},
        "groups": ["managers"],
    }


def test_any_other_token_is_as_the_emulator_makes_it() -> None:
    first = {"username": "manager", "trigger_source": "TokenGeneration_HostedAuth", "groups": ["managers"]}
    assert minted("s-1", "pool", "client", "access", "more", **first) == {
        "rest": ("s-1", "pool", "client", "access", "more"),
        **first,
    }
    gone = {"username": "nobody", "trigger_source": RENEWING}
    assert minted("s-1", "pool", "client", "access", **gone)["username"] == "nobody"
    assert "groups" not in minted("s-1", "pool", "client", "access", **gone)
