"""Generators make clients of every operation, and the clients' own compilers take them."""

from __future__ import annotations

from pathlib import Path

import pytest

from customers.catalogue.every import OPERATIONS
from tests.clients.conftest import NODE, PYTHON, Run

pytestmark = pytest.mark.clients
BUILT = [each.name for each in OPERATIONS if each.handler]
STRICTLY = ("--strict", "--skipLibCheck", "--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler")
BROWSER = ("--lib", "es2022,dom,dom.iterable")


def text_of(folder: Path, ending: str) -> str:
    """All sources with their names, in small letters and without underscores: languages write a name as they like."""
    found = "".join(f"{path.name}\n{path.read_text()}" for path in sorted(folder.rglob(f"*{ending}")))
    return found.lower().replace("_", "")


def missing(folder: Path, ending: str) -> list[str]:
    """The operations of which a client knows nothing."""
    text = text_of(folder, ending)
    return [name for name in BUILT if name.replace("_", "") not in text]


@pytest.mark.parametrize(
    ("generator", "ending"),
    [
        ("python", ".py"),
        ("typescript-fetch", ".ts"),
        ("java", ".java"),
        ("kotlin", ".kt"),
        ("csharp", ".cs"),
        ("go", ".go"),
        ("php", ".php"),
    ],
)
def test_openapi_generator_makes_a_client(page: Path, run: Run, tmp_path: Path, generator: str, ending: str) -> None:
    printed = run(PYTHON / "openapi-generator-cli", "generate", "-i", page, "-g", generator, "-o", tmp_path / "made")
    assert " ERROR " not in printed
    assert missing(tmp_path / "made", ending) == []
    if generator == "python":
        run(PYTHON / "python", "-c", "import openapi_client", folder=tmp_path / "made")
    if generator == "typescript-fetch":
        run(NODE / "tsc", "--noEmit", *STRICTLY, *BROWSER, tmp_path / "made/index.ts")


def test_openapi_python_client_makes_one_that_mypy_takes(page: Path, run: Run, tmp_path: Path) -> None:
    made = tmp_path / "made"
    printed = run(PYTHON / "openapi-python-client", "generate", "--path", page, "--output-path", made)
    assert "Warning" not in printed, printed
    run(PYTHON / "mypy", "--strict", ".", folder=made)
    assert missing(made, ".py") == []


def test_openapi_typescript_makes_types(page: Path, run: Run, tmp_path: Path) -> None:
    run(NODE / "openapi-typescript", page, "-o", tmp_path / "api.d.ts")
    run(NODE / "tsc", "--noEmit", *STRICTLY, tmp_path / "api.d.ts")
    assert missing(tmp_path, ".ts") == []


def test_hey_api_makes_a_client(page: Path, run: Run, tmp_path: Path) -> None:
    run(NODE / "openapi-ts", "-i", page, "-o", tmp_path / "made", "-c", "@hey-api/client-fetch")
    run(NODE / "tsc", "--noEmit", *STRICTLY, *BROWSER, *sorted((tmp_path / "made").rglob("*.ts")))
    assert missing(tmp_path / "made", ".ts") == []
