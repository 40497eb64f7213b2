"""Generators make clients of every operation, and compilers take the clients.

A client is compiled where its compiler is here: Python, Node.js and Java always are; Go and PHP may be. Those of C# and
Kotlin need packages that no registry of Python, Debian or npm has.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from customers.catalogue.every import OPERATIONS
from tests.clients.conftest import NODE, PYTHON, Run

pytestmark = pytest.mark.clients
DRIVERS = Path(__file__).parent / "drivers"
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


def python(run: Run, made: Path) -> None:
    run(PYTHON / "python", "-c", "import openapi_client", folder=made)


def typescript(run: Run, made: Path) -> None:
    run(NODE / "tsc", "--noEmit", *STRICTLY, *BROWSER, made / "index.ts")


def java(run: Run, made: Path) -> None:
    # The generator's own archive has Jackson, which the client needs.
    (jar,) = PYTHON.parent.glob("lib/python*/site-packages/openapi_generator_cli/openapi-generator.jar")
    sources = [DRIVERS / "Generated.java", *sorted((made / "src/main").rglob("*.java"))]
    run(Path("javac"), "-proc:none", "-nowarn", "-cp", jar, "-d", made / "classes", *sources)


def go(run: Run, made: Path) -> None:
    run(Path("go"), "vet", ".", folder=made)


def php(run: Run, made: Path) -> None:
    for source in sorted(made.rglob("*.php")):
        run(Path("php"), "-l", source)


COMPILERS: dict[str, tuple[str, Callable[[Run, Path], None]]] = {
    "python": ("python3", python),
    "typescript-fetch": ("node", typescript),
    "java": ("javac", java),
    "go": ("go", go),
    "php": ("php", php),
}
"""By generator: the program that must be here, and what is done with it."""
OPTIONS = {
    "java": ("--library", "native", "--additional-properties", "openApiNullable=false,useJakartaEe=false"),
    # Without it, values of two choices that are named alike are one name in the package.
    "go": ("--additional-properties", "enumClassPrefix=true"),
}


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
    made, options = tmp_path / "made", OPTIONS.get(generator, ())
    printed = run(PYTHON / "openapi-generator-cli", "generate", "-i", page, "-g", generator, "-o", made, *options)
    assert " ERROR " not in printed
    assert missing(made, ending) == []
    compiler, compiled = COMPILERS.get(generator, ("", None))
    if compiled and shutil.which(compiler):
        compiled(run, made)


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
