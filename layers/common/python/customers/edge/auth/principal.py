"""Who calls: made by the authorizer from a verified token, read by every operation from the gateway's context."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from customers.domain.enterprise import Settings
from customers.domain.refusals import Forbidden

Audience = Literal["pos-terminal", "enterprise-admin"]


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller whose token, merchant and branch have been checked. `enterprise` scopes everything it does.

    Issuer and subject say together who it is, and `jti` by which token.
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

    def context(self) -> dict[str, str]:
        """As a Lambda authorizer's context: API Gateway carries text only. It is cached by token, for a short while."""
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
    """The context of a caller whose token is valid and whose place is not: the operation refuses them."""
    return {"denied": missing, "enterprise_id": enterprise}
