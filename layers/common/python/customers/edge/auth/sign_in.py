"""What a person's access token says of them, decided when the user pool issues it (pre token generation, version 2).

The enterprise is an attribute that only an administrator can write. The permissions follow from the groups.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

ENTERPRISE = "custom:enterprise_id"


def granting(permissions: Mapping[str, Sequence[str]]) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    """A trigger that adds `enterprise_id` and `permissions`, the union over the person's groups.

    A person without an enterprise gets neither. The authorizer then refuses the token.
    """

    def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
        asked = event["request"]
        enterprise = asked["userAttributes"].get(ENTERPRISE)
        groups = asked["groupConfiguration"].get("groupsToOverride") or []
        granted = sorted({each for group in groups for each in permissions.get(group, ())})
        claims = {"enterprise_id": enterprise, "permissions": granted} if enterprise else {}
        event["response"] = {
            "claimsAndScopeOverrideDetails": {"accessTokenGeneration": {"claimsToAddOrOverride": claims}}
        }
        return event

    return handler
