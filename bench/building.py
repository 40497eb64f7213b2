"""What is measured, as it would be deployed: the product's own build, and each variant with its own packages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bench.packages import folder_of, ship_byte_code

ROOT = Path(__file__).resolve().parent.parent
VARIANTS = Path(__file__).resolve().parent / "variants"
# In the environment that this runs in, which is made anew when the lock changes.
BUILT = Path(sys.prefix) / "built"

Task = Literal["lookup", "authorizer", "facts"]
BARE, LOOKUP, POWERTOOLS = "bare handler", "built lookup", "boto3 + Powertools"
AUTHORIZER, USUAL = "built authorizer", "usual authorizer"
FORMER_LOOKUP, FORMER_AUTHORIZER = "lookup with botocore", "authorizer with botocore"
FOLD, DERIVE = "built fold", "built derive"
FORMER_FOLD, FORMER_DERIVE = "former fold", "derive with botocore"
COOKBOOK, UNCOMPILED, FASTAPI = "cookbook", "cookbook, no byte code", "FastAPI + Mangum"


@dataclass(frozen=True)
class Variant:
    """A handler: its module, and the folders that it is imported from: as in Lambda the code, then its packages."""

    name: str
    module: str
    folders: tuple[str, ...]
    task: Task = "lookup"
    has_botocore: bool = True
    """The product does without, unless it is told otherwise."""


def build() -> tuple[list[Variant], Path]:
    """All variants, and the folder that becomes the archive of the layer that a lookup unpacks."""
    layer, libraries, functions = (BUILT / name for name in ("layer", "libraries", "functions"))
    _make(ROOT / "layers/common", "build-CommonLayer", layer)
    _make(ROOT / "layers/common", "build-LibrariesLayer", libraries)
    _make(ROOT / "functions", "build-LookupFunction", functions)
    shipped, plain = _variants("shipped"), _variants("plain", compiled=False)
    packages = BUILT / "packages"
    straight = ("aws-lambda-powertools", "boto3")
    cookbook, usual = (*straight, "pydantic"), (*straight, "pyjwt", "cryptography")
    built = (str(functions), str(layer / "python"))
    with_libraries = (*built, str(libraries / "python"))
    return [
        Variant(BARE, "variants.bare", (shipped,)),
        Variant(LOOKUP, "lookup.lookup", built, has_botocore=False),
        Variant(FORMER_LOOKUP, "lookup.lookup", with_libraries),
        Variant(POWERTOOLS, "variants.boto3_powertools", (shipped, folder_of(straight, packages))),
        Variant(COOKBOOK, "variants.cookbook", (shipped, folder_of(cookbook, packages))),
        Variant(UNCOMPILED, "variants.cookbook", (plain, folder_of(cookbook, packages, compiled=False))),
        Variant(FASTAPI, "variants.fastapi_mangum", (shipped, folder_of(("boto3", "fastapi", "mangum"), packages))),
        Variant(AUTHORIZER, "front.authorizer", with_libraries, "authorizer", has_botocore=False),
        Variant(FORMER_AUTHORIZER, "front.authorizer", with_libraries, "authorizer"),
        Variant(USUAL, "variants.authorizer", (shipped, folder_of(usual, packages)), "authorizer"),
    ], layer


def build_facts() -> tuple[list[Variant], list[Variant]]:
    """The folds, and the derivers, each as built and over botocore. After `build`."""
    folders = tuple(str(BUILT / name) for name in ("functions", "layer/python", "libraries/python"))
    return [
        Variant(FOLD, "events.fold_facts", folders, "facts", has_botocore=False),
        Variant(FORMER_FOLD, "variants.fold_one_by_one", (str(BUILT / "shipped"), *folders), "facts"),
    ], [
        Variant(DERIVE, "events.derive", folders, "facts", has_botocore=False),
        Variant(FORMER_DERIVE, "events.derive", folders, "facts"),
    ]


def trust(certificate: Path) -> None:
    """Put the certificate of a server on this machine among the roots that the built layer has."""
    script, roots = ROOT / "layers/common/roots.py", BUILT / "layer/python/roots"
    subprocess.run([sys.executable, str(script), str(certificate), str(roots)], check=True)


def megabytes(folder: Path) -> tuple[float, float]:
    """A folder's size unzipped and zipped, in MB of 10^6 bytes."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in files:
                archive.write(path, path.relative_to(folder))
        return sum(path.stat().st_size for path in files) / 1e6, file.tell() / 1e6


def _make(folder: Path, target: str, into: Path) -> None:
    """What `sam build` does on the local stack: it calls this target with these variables."""
    shutil.rmtree(into, ignore_errors=True)
    variables = {
        "ARTIFACTS_DIR": str(into),
        "LAMBDA_CACHE": str(ROOT / ".local/dependencies"),
        "LAMBDA_PLATFORM": "host",
        "LAMBDA_PYTHON": sys.executable,
        "LAMBDA_VERSION": f"{sys.version_info.major}.{sys.version_info.minor}",
    }
    # The outer make's own would be taken for this one's.
    inherited = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}}
    subprocess.run(["make", "-s", "-C", str(folder), target], env=inherited | variables, check=True)


def _variants(name: str, *, compiled: bool = True) -> str:
    into = BUILT / name
    shutil.rmtree(into, ignore_errors=True)
    shutil.copytree(VARIANTS, into / "variants", ignore=shutil.ignore_patterns("__pycache__"))
    if compiled:
        ship_byte_code(into)
    return str(into)
