"""The Lambda authorizer: from a token to a policy for the whole stage, with the caller as its context."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from customers.domain.enterprise import Scope
from customers.edge.auth.claims import Claims, read_claims
from customers.edge.auth.jwks import FindKey
from customers.edge.auth.principal import Principal
from customers.edge.auth.tokens import TokenRefused, signed_payload
from customers.edge.log import describe, log_answer

ReadScope = Callable[[str, str | None, str | None], Scope | None]
"""`Registry.scope`: finds an enterprise, a merchant and a branch by their ids."""
Policy = dict[str, Any]


def authorizer(*, find_key: FindKey, issuer: str, scope: ReadScope) -> Callable[[Mapping[str, Any], Any], Policy]:
    """A handler for REQUEST authorizers. Raises `ValueError` without an issuer.

    The handler raises `Exception("Unauthorized")`, the only way to make API Gateway answer 401. Any other exception
    becomes a 503.
    """
    if not issuer:
        raise ValueError("no issuer is named")

    def handler(event: Mapping[str, Any], context: Any) -> Policy:
        started = time.perf_counter()

        def log(status: int, **more: object) -> None:
            # Emulators omit the gateway's id; then the invocation's own id is used.
            request_id = event["requestContext"].get("requestId") or context.aws_request_id
            log_answer("authorizer", request_id, status, started, **more)

        try:
            payload = signed_payload(_bearer(event["headers"]), find_key)
            claims = read_claims(payload, issuer=issuer, at=datetime.now(UTC))
            known = scope(claims.enterprise, claims.merchant, claims.branch)
            stage = _stage(event["methodArn"])
        except TokenRefused as refusal:
            log(401, reason=refusal.reason)
            raise Exception("Unauthorized") from None
        except Exception as error:
            log(503, **describe(error))
            raise
        missing = _missing(claims, known)
        if known is None or missing:
            log(403, reason=missing, enterprise_id=claims.enterprise)
            return _policy("Deny", claims, stage)
        log(200, enterprise_id=claims.enterprise)
        return {**_policy("Allow", claims, stage), "context": _principal(claims, known).context()}

    return handler


def _bearer(headers: Mapping[str, str]) -> str:
    # The names of headers have the caller's case; in HTTP/2 they are lower case.
    header = next((value for name, value in headers.items() if name.lower() == "authorization"), "")
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise TokenRefused("scheme")
    return token.strip(" ")


def _missing(claims: Claims, known: Scope | None) -> str | None:
    """The claim that the registry does not know, or knows as disabled."""
    if known is None:
        return "enterprise"
    if claims.merchant and not known.merchant_registered:
        return "merchant"
    if claims.branch and not known.branch_active:
        return "branch"
    return None


def _principal(claims: Claims, known: Scope) -> Principal:
    return Principal(
        audience=claims.audience,
        subject=claims.subject,
        enterprise=claims.enterprise,
        merchant=claims.merchant,
        branch=claims.branch,
        permissions=claims.permissions,
        expires_at=claims.expires_at,
        settings=known.settings,
    )


def _policy(effect: str, claims: Claims, stage: str) -> Policy:
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": stage}
    return {
        "principalId": claims.subject,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
    }


def _stage(method_arn: str) -> str:
    """The whole stage: API Gateway caches the policy by token and uses it for the token's next request too."""
    api, stage = method_arn.split("/", 2)[:2]
    return f"{api}/{stage}/*/*"
