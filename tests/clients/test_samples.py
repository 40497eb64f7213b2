"""The requests on the operations' pages run, and send what the operation takes.

Each language runs if its compiler is here: curl, Python, Node.js and Java are in CI; C# needs Mono (`mcs`).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from customers.catalogue.every import OPERATIONS
from generate.samples.bruno import GIVEN
from generate.samples.compiled import class_of
from generate.samples.example import Example, example_of
from tests.support.tables import ROOT

pytestmark = pytest.mark.clients
BUILT = [each for each in OPERATIONS if each.handler]
TSC = ROOT / "sdk/typescript/node_modules/.bin/tsc"
TYPES = ROOT / "sdk/typescript/node_modules/@types"
STRICT = [
    "--noEmit",
    "--strict",
    "--target",
    "es2022",
    "--module",
    "nodenext",
    "--types",
    "node",
    "--typeRoots",
    str(TYPES),
]
Request = dict[str, Any]


@pytest.fixture(scope="module")
def received() -> Iterator[tuple[str, list[Request]]]:
    """The address of a server that answers everything, and the requests that it got."""
    requests: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            requests.append(
                {
                    "method": self.command,
                    "path": parts.path,
                    "query": dict(parse_qsl(parts.query)),
                    "token": headers.get("authorization"),
                    "key": headers.get("idempotency-key"),
                    "type": headers.get("content-type", "").partition(";")[0] if body else None,
                    "body": json.loads(body) if body else None,
                }
            )
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_GET = do_POST = do_PATCH = do_DELETE = handle_any  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Stays quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1/partner", requests
    server.shutdown()
    server.server_close()


def expected(example: Example) -> Request:
    return {
        "method": example.method,
        "path": "/v1/partner" + example.path,
        "query": dict(example.query),
        "token": "Bearer a-token" if example.needs_token else None,
        "key": example.headers.get("Idempotency-Key"),
        "type": "application/json" if example.body is not None else None,
        "body": example.body,
    }


def samples(fence: str) -> dict[str, str]:
    """Each page's block in one language, by the operation's name."""
    return {
        each.name: re.findall(rf"```{fence}\n(.*?)\n```", (ROOT / f"docs/operations/{each.name}.md").read_text(), re.S)[
            0
        ]
        for each in BUILT
    }


def run(command: list[str], folder: Path, api: str = "") -> None:
    environment = {**os.environ, "API": api, "TOKEN": "a-token"}
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, (ended.stdout + ended.stderr)[-3000:]


def scripts(folder: Path, api: str, fence: str, ending: str, *command: str) -> None:
    """Runs each sample in a process of its own, one after the other."""
    for name, text in samples(fence).items():
        (folder / f"{name}{ending}").write_text(text)
        run([*command, f"{name}{ending}"], folder, api)


def compiled(
    folder: Path, api: str, fence: str, ending: str, main: str, compiler: list[str], runner: list[str]
) -> None:
    """Compiles all samples at once, and runs one after the other in one process."""
    texts = samples(fence)
    for each in BUILT:
        (folder / f"{class_of(example_of(each))}{ending}").write_text(texts[each.name])
    calls = "\n".join(f"{class_of(example_of(each))}.{main};" for each in BUILT)
    (folder / f"Every{ending}").write_text(EVERY[fence].replace("CALLS", calls))
    run([*compiler, *(path.name for path in folder.glob(f"*{ending}"))], folder)
    run(runner, folder, api)


EVERY = {
    "java": "public class Every { public static void main(String[] arguments) throws Exception { CALLS } }",
    "csharp": "public static class Every { public static void Main() { CALLS } }",
}


def in_typescript(folder: Path, api: str) -> None:
    scripts(folder, api, "ts", ".mjs", "node")
    for path in folder.glob("*.mjs"):
        path.rename(path.with_suffix(".mts"))
    run([str(TSC), *STRICT, "--typeRoots", str(TYPES), *(path.name for path in folder.glob("*.mts"))], folder)


RUNNERS: dict[str, Callable[[Path, str], None]] = {
    "curl": lambda folder, api: scripts(folder, api, "bash", ".sh", "bash"),
    "Python": lambda folder, api: scripts(folder, api, "python", ".py", "python3"),
    "TypeScript": in_typescript,
    "Java": lambda folder, api: compiled(
        folder, api, "java", ".java", "main(arguments)", ["javac", "-d", "."], ["java", "Every"]
    ),
    "C#": lambda folder, api: compiled(
        folder,
        api,
        "csharp",
        ".cs",
        "Main()",
        ["mcs", "-r:System.Net.Http", "-main:Every", "-out:every.exe"],
        ["mono", "every.exe"],
    ),
}
HERE = [name for name in RUNNERS if name != "C#" or shutil.which("mcs")]


@pytest.mark.parametrize("language", HERE)
def test_the_requests_on_the_pages_are_those_of_the_operations(
    received: tuple[str, list[Request]], tmp_path: Path, language: str
) -> None:
    api, requests = received
    requests.clear()
    RUNNERS[language](tmp_path, api)
    assert requests == [expected(example_of(each)) for each in BUILT]


def test_the_collection_has_every_operation() -> None:
    files = {path.stem: path.read_text() for path in (ROOT / "docs/collection").glob("*.bru")}
    assert set(files) == {each.name for each in BUILT}
    for each in BUILT:
        address = example_of(each).address
        for of_example, name in GIVEN.items():
            address = address.replace(of_example, f"{{{{{name}}}}}")
        assert f"{each.method.lower()} {{\n  url: {{{{api}}}}{address}\n" in files[each.name]
