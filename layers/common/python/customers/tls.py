"""How this process trusts a server: one TLS context for all that it fetches."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ssl import SSLContext

_ROOTS = os.path.join(os.path.dirname(os.path.dirname(__file__)), "roots")
"""The layer's build makes this folder from certifi's roots. A checkout has none and takes the system's."""


@cache
def tls_context(roots: str | None = None) -> SSLContext:
    """Verifies the certificate and the host's name, by the roots in the file `roots`.

    Without `roots` those are taken that OpenSSL's variables `SSL_CERT_FILE` and `SSL_CERT_DIR` name, or else the
    layer's. Raises `OSError` where `roots` cannot be read.
    """
    import ssl  # an endpoint without TLS, as the local stack's, does not pay for it

    named = roots or os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")
    # A folder costs nothing: OpenSSL reads the one root that a server needs. A file it reads whole.
    shipped = None if named or not os.path.isdir(_ROOTS) else _ROOTS
    context = ssl.create_default_context(cafile=roots, capath=shipped)
    context.set_alpn_protocols(["http/1.1"])
    return context
