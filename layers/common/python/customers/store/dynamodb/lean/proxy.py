"""A proxy between here and DynamoDB, where the environment names one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from customers.store.client_errors import NotUnderstood

_PROXY = r"(?:http://)?([A-Za-z0-9.-]+):([0-9]{1,5})/?"


class Proxy(NamedTuple):
    """An HTTP proxy that makes a tunnel to the endpoint. It sees neither request nor answer."""

    host: str
    port: int


def proxy_to(authority: str, environment: Mapping[str, str], *, tls: bool) -> Proxy | None:
    """The proxy for an endpoint. Raises `NotUnderstood` for one that is more than a tunnel."""
    if not any(name.lower().endswith("_proxy") for name in environment):
        return None
    # The standard library's reading of the variables, which is botocore's too. It is dear, so it comes here only.
    import urllib.request

    library: Any = urllib.request

    proxies = library.getproxies_environment()
    url = proxies.get("https" if tls else "http")
    if not url or library.proxy_bypass_environment(authority, proxies):
        return None
    found = re.fullmatch(_PROXY, url)
    # A password for the proxy, TLS to the proxy and requests that it is to read are botocore's.
    if not found or not tls:
        raise NotUnderstood
    return Proxy(found[1], int(found[2]))
