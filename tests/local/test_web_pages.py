"""The pages on the local stack: what is served, with which headers, and to whom a till's token is given."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import jwt
import pytest

from commands.pages import PAGES, content, files, without_comments
from local.web.files import answer
from local.web.serving import Pages

CALLED_FOR = {"till": {"enterprise": "e-1", "branch": "b-1", "merchant": "m-1"}, "config": {"api": "/v1/partner"}}


@pytest.fixture
def described(tmp_path: Path) -> Path:
    file = tmp_path / "pages.json"
    file.write_text(json.dumps(CALLED_FOR))
    return file


def ask(described: Path, path: str, method: str = "GET", *headers: tuple[bytes, bytes]) -> tuple[int, bytes]:
    """Status and body; 299 if the emulator was asked."""
    sent: list[dict[str, Any]] = []

    async def emulator(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 299, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": list(headers)}
    asyncio.run(Pages(described).before(emulator)(scope, None, send))
    return sent[0]["status"], sent[1]["body"]


def test_every_file_of_the_pages_is_served_as_what_it_is() -> None:
    served = list(files())
    assert {"till/index.html", "sdk/lookup.js"} <= {str(each.relative_to(PAGES)) for each in served}
    for file in served:
        found = answer(f"/{file.relative_to(PAGES)}")
        assert found is not None
        assert found.status == 200
        assert found.body == content(file)
        assert "default-src 'none'" in found.headers["content-security-policy"]
        assert found.headers["x-content-type-options"] == "nosniff"


def test_a_module_goes_without_lines_of_comments_and_a_library_as_it_is() -> None:
    module = '/** One. */\n\n/**\n * Two.\n */\nconst a = "/** no */"; // beside code\n  // three\nlet b;\n'
    assert without_comments(module) == 'const a = "/** no */"; // beside code\nlet b;\n'
    library = PAGES / "reference/openapi-explorer.min.js"
    assert content(library) == library.read_bytes()
    types = answer("/sdk/types.d.ts")
    assert types is None


def test_inline_styles_are_allowed_on_the_reference_alone() -> None:
    policies = {path: answer(path) for path in ("/reference/", "/console/", "/till/")}
    lenient = [
        path
        for path, found in policies.items()
        if found and "'unsafe-inline'" in found.headers["content-security-policy"]
    ]
    assert lenient == ["/reference/"]


def test_a_folder_is_its_index_and_without_a_slash_a_redirect() -> None:
    index = answer("/till/")
    assert index is not None
    assert index.body == (PAGES / "till/index.html").read_bytes()
    redirect = answer("/till")
    assert redirect is not None
    assert (redirect.status, redirect.headers["location"]) == (308, "/till/")


@pytest.mark.parametrize(
    "path", ["/", "/../Makefile", "/till/../../headers.json", "/till/%2e%2e/x", "/v1/partner/capabilities"]
)
def test_what_is_no_page_is_the_emulators(path: str, described: Path) -> None:
    assert ask(described, path)[0] == 299


def test_only_our_page_gets_a_token_and_it_is_a_tills(described: Path) -> None:
    assert ask(described, "/demo/till-token", "POST")[0] == 403
    status, body = ask(described, "/demo/till-token", "POST", (b"x-demo", b"till"))
    claims = jwt.decode(json.loads(body)["token"], options={"verify_signature": False})
    assert status == 200
    assert (claims["aud"], claims["enterprise_id"], claims["branch_id"]) == ("pos-terminal", "e-1", "b-1")


def test_a_page_is_read_and_never_written(described: Path) -> None:
    assert ask(described, "/till/", "PUT")[0] == 299
    assert ask(described, "/till/", "HEAD") == (200, b"")


def test_the_pages_know_nothing_of_a_stack_that_is_not_deployed(tmp_path: Path) -> None:
    assert ask(tmp_path / "none.json", "/config.json") == (200, b"{}")
    assert json.loads(ask(_written(tmp_path), "/config.json")[1]) == {"api": "/v1/partner"}


def _written(folder: Path) -> Path:
    file = folder / "pages.json"
    file.write_text(json.dumps(CALLED_FOR))
    return file
