"""The caller. The authorizer makes it from a verified token; every operation reads it from the gateway's context."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Literal

from customers.domain.enterprise import Settings
from customers.domain.lean_dataclass import dataclass
from customers.domain.refusals import Forbidden, Unauthenticated

Audience = Literal["pos-terminal", "enterprise-admin"]


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller with a verified token, merchant and branch. `enterprise` limits everything that the caller can do.

    Issuer and subject together identify the caller, and `jti` the token.
    """

    audience: Audience
    issuer: str
    subject: str
    jti: str
    enterprise: str
    merchant: str | None
    branch: str | None
    permissions: frozenset[str]
    expires_at: datetime
    settings: Settings

    def require(self, audiences: Collection[str], permission: str | None, now: datetime) -> None:
        """Raises `Unauthenticated` if the token has expired by `now` or has another audience.

        Raises `Forbidden` for a caller without the permission.
        """
        # The gateway caches the authorizer's answer by token, possibly past the token's end.
        if self.expires_at <= now:
            raise Unauthenticated("Authorization", "the token has expired")
        if self.audience not in audiences:
            raise Unauthenticated("Authorization", f"this operation needs a token for {' or '.join(audiences)}")
        if permission and permission not in self.permissions:
            raise Forbidden("Authorization", f"this operation needs the permission {permission}")

    def require_permission(self, permission: str, field: str) -> None:
        """For a part of an operation that needs its own permission. Raises `Forbidden` for the request's `field`."""
        if permission not in self.permissions:
            raise Forbidden(field, f"this needs the permission {permission}")

    def context(self) -> dict[str, str]:
        """As a Lambda authorizer's context, which holds only text. API Gateway caches it by token for a minute."""
        return {
            "denied": "",
            "audience": self.audience,
            "issuer": self.issuer,
            "subject": self.subject,
            "jti": self.jti,
            "enterprise_id": self.enterprise,
            "merchant_id": self.merchant or "",
            "branch_id": self.branch or "",
            "permissions": " ".join(sorted(self.permissions)),
            "expires_at": str(int(self.expires_at.timestamp())),
            "settings": json.dumps(asdict(self.settings)),
        }

    @staticmethod
    def of_context(context: Mapping[str, Any]) -> Principal:
        """The inverse of `context`. Raises `Forbidden` for the context of `denied`."""
        if context["denied"]:
            raise Forbidden(
                "Authorization",
                f"the token is valid, but its {context['denied']} is not registered and active under its enterprise",
            )
        return Principal(
            audience=context["audience"],
            issuer=context["issuer"],
            subject=context["subject"],
            jti=context["jti"],
            enterprise=context["enterprise_id"],
            merchant=context["merchant_id"] or None,
            branch=context["branch_id"] or None,
            permissions=frozenset(context["permissions"].split()),
            expires_at=datetime.fromtimestamp(int(context["expires_at"]), UTC),
            settings=Settings.of(json.loads(context["settings"])),
        )


def denied(enterprise: str, missing: str) -> dict[str, str]:
    """The context of a caller with a valid token and no active place. The operation refuses them."""
    return {"denied": missing, "enterprise_id": enterprise}
