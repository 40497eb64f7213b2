"""How this process trusts a server: one TLS context for all that it fetches, because reading the roots is dear."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ssl import SSLContext


@cache
def tls_context(roots: str | None = None) -> SSLContext:
    """Verifies the certificate and the host's name, by the roots in the file `roots`, or else by the system's.

    Where the system has none, those that botocore brings are taken. Raises `OSError` where `roots` cannot be read.
    """
    import ssl  # an endpoint without TLS, as the local stack's, does not pay for it

    context = ssl.create_default_context(cafile=roots)
    context.set_alpn_protocols(["http/1.1"])
    if roots is None and not context.cert_store_stats()["x509_ca"] and (bundled := _bundled()):
        context.load_verify_locations(bundled)
    return context


def _bundled() -> str | None:
    from importlib.util import find_spec  # hardly ever needed
    from pathlib import Path

    # Looks for the package without importing it.
    spec = find_spec("botocore")
    path = Path(spec.origin).with_name("cacert.pem") if spec and spec.origin else None
    return str(path) if path and path.is_file() else None
