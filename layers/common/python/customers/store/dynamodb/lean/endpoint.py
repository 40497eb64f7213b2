"""Where DynamoDB is: the region's endpoint or one of the environment's, perhaps through a proxy."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import NamedTuple

from customers.store.client_errors import NotUnderstood
from customers.store.dynamodb.lean.proxy import Proxy, proxy_to

_REGION = r"(us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+(-[a-z]+)?-\d{1,2}"
"""Those whose hosts end with `amazonaws.com`."""
_URL = r"(https?)://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?/?"
_MOST_PORT = 65_535
_BOTOCORES = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
)
"""Settings that move the endpoint or the credentials in ways which are botocore's alone."""


class Endpoint(NamedTuple):
    """`authority` is what the Host header says: with the port where it is not the scheme's own."""

    region: str
    tls: bool
    host: str
    port: int
    authority: str
    roots: str | None = None
    """A file of root certificates instead of the system's."""
    proxy: Proxy | None = None


def endpoint_of(environment: Mapping[str, str]) -> Endpoint:
    """Raises `NotUnderstood` where botocore has to find it."""
    region = environment.get("AWS_DEFAULT_REGION", "")
    if any(environment.get(name) for name in _BOTOCORES) or _is_there(environment, "AWS_CONFIG_FILE", "config"):
        raise NotUnderstood
    if not re.fullmatch(_REGION, region):
        raise NotUnderstood
    url = environment.get("AWS_ENDPOINT_URL_DYNAMODB") or environment.get("AWS_ENDPOINT_URL")
    roots = environment.get("AWS_CA_BUNDLE") or environment.get("REQUESTS_CA_BUNDLE")
    made = _custom(region, url) if url else _regional(region)
    return made._replace(roots=roots, proxy=proxy_to(made.authority, environment, tls=made.tls))


def _regional(region: str) -> Endpoint:
    host = f"dynamodb.{region}.amazonaws.com"
    return Endpoint(region, tls=True, host=host, port=443, authority=host)


def _custom(region: str, url: str) -> Endpoint:
    found = re.fullmatch(_URL, url)
    if not found:
        raise NotUnderstood
    scheme, host, written = found.groups()
    usual = 443 if scheme == "https" else 80
    port = int(written or usual)
    if port > _MOST_PORT:
        raise NotUnderstood
    authority = host.lower() if port == usual else f"{host.lower()}:{port}"
    return Endpoint(region, scheme == "https", host.strip("[]"), port, authority)


def _is_there(environment: Mapping[str, str], variable: str, usual: str) -> bool:
    """Whether there is a file of settings of that name. `/dev/null` is none."""
    path = environment.get(variable) or f"{environment.get('HOME', '')}/.aws/{usual}"
    try:
        return os.stat(os.path.expanduser(path)).st_size > 0
    except OSError:
        return False


def has_credentials_file(environment: Mapping[str, str]) -> bool:
    """Whether there are credentials in a file, which botocore prefers to a container's."""
    return _is_there(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials")
