"""The Lambda authorizer: from a token to a policy for the whole stage, with the caller as its context.

It never raises: Lambda logs each exception with its stack trace, so many bad tokens would cause many traces. The
template's gateway response turns a `Deny` policy into a 401.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from customers.domain.token_scope import Scope
from customers.edge.auth.claims import Claims, read_claims
from customers.edge.auth.issuers import Issuer
from customers.edge.auth.principal import Principal, denied
from customers.edge.auth.tokens import TokenRefused, verified_payload
from customers.edge.log import describe, log_answer

ReadScope = Callable[[str, str | None, str | None, tuple[str, str, str]], Scope | None]
"""`Registry.scope`: finds an enterprise, a merchant and a branch by their ids, and the revocations of a token.

The token is given by its issuer, subject and `jti`."""
Policy = dict[str, Any]


def authorizer(*, issuers: Mapping[str, Issuer], scope: ReadScope) -> Callable[[Mapping[str, Any], Any], Policy]:
    """A handler for REQUEST authorizers.

    A bad token gets a `Deny` policy: 401. A valid token without a registered and active place gets an `Allow` policy,
    and the operation answers 403, because API Gateway has only one status for a `Deny` policy. If the handler cannot
    decide, it returns no policy: 503.
    """

    def handler(event: Mapping[str, Any], context: Any) -> Policy:
        started = time.perf_counter()

        def log(status: int, **more: object) -> None:
            # Emulators omit the gateway's id; then the invocation's own id is used.
            request_id = event["requestContext"].get("requestId") or context.aws_request_id
            log_answer("authorizer", request_id, status, started, **more)

        try:
            issuer, payload = verified_payload(_bearer(event["headers"]), issuers)
            claims = read_claims(payload, issuer=issuer, at=datetime.now(UTC))
            token = (claims.issuer, claims.subject, claims.jti)
            known = scope(claims.enterprise, claims.merchant, claims.branch, token)
            if known and known.revoked_before and claims.issued_at < known.revoked_before:
                raise TokenRefused("revoked")
        except TokenRefused as refusal:
            log(401, reason=refusal.reason)
            return _policy("Deny", "nobody", _stage(event["methodArn"]))
        # Without a policy the gateway refuses the request and caches nothing.
        except Exception as error:  # noqa: BLE001
            log(503, **describe(error))
            return {}
        missing = _missing(claims, known)
        policy = _policy("Allow", claims.subject, _stage(event["methodArn"]))
        if known is None or missing:
            log(403, reason=missing, enterprise_id=claims.enterprise)
            return {**policy, "context": denied(claims.enterprise, missing or "enterprise")}
        log(200, enterprise_id=claims.enterprise)
        return {**policy, "context": _principal(claims, known).context()}

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
        issuer=claims.issuer,
        subject=claims.subject,
        jti=claims.jti,
        enterprise=claims.enterprise,
        merchant=claims.merchant,
        branch=claims.branch,
        permissions=claims.permissions,
        expires_at=claims.expires_at,
        settings=known.settings,
    )


def _policy(effect: str, principal: str, stage: str) -> Policy:
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": stage}
    return {
        "principalId": principal,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
    }


def _stage(method_arn: str) -> str:
    """The whole stage: API Gateway caches the policy by token and uses it for the token's next request too."""
    api, stage = method_arn.split("/", 2)[:2]
    return f"{api}/{stage}/*/*"
