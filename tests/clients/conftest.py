"""The OpenAPI page in a file, and the tools that read it. `make clients` installs them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from customers.catalogue.every import OPERATIONS
from customers.edge.http.openapi.document import openapi
from tests.support.tables import ROOT

PYTHON = ROOT / ".local/clients/python/bin"
NODE = ROOT / ".local/clients/node/node_modules/.bin"
SERVER = "https://api.customers.test/v1/partner"
QUIETLY = {"NODE_PATH": str(NODE.parent), "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
Run = Callable[..., str]


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The document with all operations."""
    path = tmp_path_factory.mktemp("page") / "openapi.json"
    path.write_text(json.dumps(openapi([each for each in OPERATIONS if each.handler], SERVER)))
    return path


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a tool in an empty folder and gives what it printed; a tool that fails fails the test."""

    def tool(command: Path, *arguments: object, folder: Path = tmp_path) -> str:
        path = os.pathsep.join((str(PYTHON), str(NODE), os.environ["PATH"]))
        ended = subprocess.run(
            [str(command), *map(str, arguments)],
            cwd=folder,
            env={**os.environ, "PATH": path, **QUIETLY},
            capture_output=True,
            text=True,
            check=False,
        )
        printed = ended.stdout + ended.stderr
        assert ended.returncode == 0, printed[-4000:]
        return printed

    return tool
