"""AWS Signature Version 4 of a request to DynamoDB: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html"""

from __future__ import annotations

import hmac
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

CONTENT_TYPE = "application/x-amz-json-1.0"


class Credentials(NamedTuple):
    """`key_id` and `token` go into headers, the secret never leaves the process."""

    key_id: str
    secret: str
    token: str | None

    def __repr__(self) -> str:
        return "Credentials(…)"


def checked(credentials: Credentials) -> Credentials:
    """Raises `ValueError`, which shows nothing of them, for what would break a header."""
    for name, value in (("key id", credentials.key_id), ("session token", credentials.token or "-")):
        if not (value.isascii() and value.isprintable()) or " " in value:
            raise ValueError(f"the {name} cannot stand in a header")
    return credentials


def signed_headers(credentials: Credentials, region: str, host: str, target: str, body: bytes, stamp: str) -> str:
    """The headers that are signed, and the signature, ready to be sent. `stamp` is `YYYYMMDDTHHMMSSZ`."""
    token, names = "", "content-type;host;x-amz-date;x-amz-target"
    if credentials.token:
        token, names = (
            f"x-amz-security-token:{credentials.token}\n",
            names.replace("target", "security-token;x-amz-target"),
        )
    canonical = (
        f"POST\n/\n\ncontent-type:{CONTENT_TYPE}\nhost:{host}\nx-amz-date:{stamp}\n{token}x-amz-target:{target}\n\n"
        f"{names}\n{sha256(body).hexdigest()}"
    )
    scope = f"{stamp[:8]}/{region}/dynamodb/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
    signature = hmac.digest(_key(credentials.secret, stamp[:8], region), text.encode(), "sha256").hex()
    shown = f"X-Amz-Security-Token: {credentials.token}\r\n" if credentials.token else ""
    return (
        f"Content-Type: {CONTENT_TYPE}\r\nHost: {host}\r\nX-Amz-Date: {stamp}\r\n{shown}X-Amz-Target: {target}\r\n"
        f"Authorization: AWS4-HMAC-SHA256 Credential={credentials.key_id}/{scope}, SignedHeaders={names}, "
        f"Signature={signature}\r\n"
    )


@lru_cache(maxsize=4)
def _key(secret: str, day: str, region: str) -> bytes:
    """Good for a day."""
    key = f"AWS4{secret}".encode()
    for part in (day, region, "dynamodb", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
