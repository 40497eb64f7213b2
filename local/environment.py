"""The environment variables of the programs that the local stack starts.

They are built here and not inherited: a developer's real credentials must not reach the emulator, its functions or a
deploy that is meant for it.
"""

from __future__ import annotations

import os
import platform
import sys

from local.places import DEPENDENCIES, SAM, TOOLS, Place

REGION = "us-east-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}
# For a package index, and for readable terminals and times.
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TERM", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
INHERITED_PREFIXES = ("PIP_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "XDG_")
NEWEST_RUNTIME = 13


def runtime() -> str:
    """The Lambda runtime nearest to this Python. The emulator runs functions on its own interpreter anyway."""
    return f"python3.{min(sys.version_info.minor, NEWEST_RUNTIME)}"


def architecture() -> str:
    """This machine's architecture, by Lambda's names."""
    return "arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64"


def _plain() -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if name in INHERITED or name.startswith(INHERITED_PREFIXES)
    }
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return kept | nowhere | {"AWS_EC2_METADATA_DISABLED": "true"}


def for_emulator(place: Place, port: int) -> dict[str, str]:
    """For ministack: loopback only, signatures and IAM enforced, state in the stack's folder."""
    return _plain() | {
        "HOME": str(place.scratch),
        "TMPDIR": str(place.scratch),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "AUTH": "true",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(place.current),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(place.objects),
        "PAGES_FILE": str(place.pages_file),
        # Unused listeners.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.1",
        # The fraction of the time that workflows wait between two tries.
        "SFN_WAIT_SCALE": "0.1",
        "MINISTACK_REGION": REGION,
    }


def for_build() -> dict[str, str]:
    """For `sam build`: this machine and the stack's own Python."""
    plain = _plain()
    return (
        plain
        | CREDENTIALS
        | {
            "PATH": f"{TOOLS}{os.pathsep}{plain.get('PATH', os.defpath)}",
            "SAM_CLI_TELEMETRY": "0",
            "__SAM_CLI_APP_DIR": str(SAM / "home"),
            "LAMBDA_PYTHON": str(TOOLS / "python"),
            "LAMBDA_VERSION": f"{sys.version_info.major}.{sys.version_info.minor}",
            "LAMBDA_PLATFORM": "host",
            "LAMBDA_CACHE": str(DEPENDENCIES),
        }
    )


def for_deploy(endpoint: str) -> dict[str, str]:
    """For `sam deploy`: to the emulator, polled more often than an account."""
    return for_build() | {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "SAM_CLI_POLL_DELAY": "0.3",
    }
