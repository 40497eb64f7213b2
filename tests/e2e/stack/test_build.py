"""What was built stands alone: the emulator lends functions its own libraries, and Lambda does not."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.stack.own_stack import PYTHON
from tests.support.tables import ROOT, template

BUILD = ROOT / ".local/sam/build"
COMMON, LIBRARIES = BUILD / "CommonLayer/python", BUILD / "LibrariesLayer/python"
FUNCTIONS = {
    name: each["Properties"]["Handler"]
    for name, each in template()["Resources"].items()
    if each["Type"] == "AWS::Serverless::Function"
}
OPEN = "import importlib, sys; sys.path[:0] = sys.argv[2:]; importlib.import_module(sys.argv[1])"
KEYS = {"JWKS_URL": "https://identity.example/jwks", "JWKS": "", "ISSUERS": "", "SOURCE_ENTERPRISES": ""}
LAMBDA = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "1", "AWS_SECRET_ACCESS_KEY": "1"}
EVERYWHERE = template()["Globals"]["Function"]["Environment"]["Variables"]


def environment(function: str) -> dict[str, str]:
    """What the template gives it, almost all of it 1: a name to most, a number to some."""
    own = template()["Resources"][function]["Properties"].get("Environment", {"Variables": {}})["Variables"]
    return {**LAMBDA, **dict.fromkeys((*EVERYWHERE, *own), "1"), **KEYS}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_door_opens_with_nothing_but_its_layers(stack: dict[str, Any], function: str) -> None:
    module = FUNCTIONS[function].removesuffix(".handler")
    more = [LIBRARIES] * ("Layers" in template()["Resources"][function]["Properties"])
    command = [PYTHON, "-I", "-S", "-B", "-c", OPEN, module, BUILD / function, COMMON, *more]
    opened = subprocess.run(command, env=environment(function), capture_output=True, text=True, check=False)
    assert opened.returncode == 0, opened.stderr


def test_every_module_is_shipped_with_byte_code_that_is_never_checked(stack: dict[str, Any]) -> None:
    sources = [*COMMON.rglob("*.py"), *LIBRARIES.rglob("*.py"), *(BUILD / "LookupFunction").rglob("*.py")]
    assert len(sources) > 100
    for source in sources:
        (compiled,) = (source.parent / "__pycache__").glob(f"{source.stem}.cpython-*.pyc")
        assert _flags(compiled) == 0b01, compiled


def _flags(compiled: Path) -> int:
    """0b01: told by a hash of the source (PEP 552), and not checked against it."""
    return int.from_bytes(compiled.read_bytes()[4:8], "little")


def test_only_the_services_that_are_called_are_described(stack: dict[str, Any]) -> None:
    services = {each.name for each in (LIBRARIES / "botocore/data").iterdir() if each.is_dir()}
    assert services == {"dynamodb", "events", "kms", "lambda", "s3", "sns", "sqs", "stepfunctions", "sts"}


def test_the_layer_that_a_lookup_unpacks_is_small(stack: dict[str, Any], tmp_path: Path) -> None:
    packed = Path(shutil.make_archive(str(tmp_path / "layer"), "zip", COMMON.parent))
    assert packed.stat().st_size <= 4_500_000
