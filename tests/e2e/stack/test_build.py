"""What was built stands alone: the emulator lends functions its own libraries, and Lambda does not."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.stack.own_stack import PYTHON
from tests.support.tables import ROOT, template

BUILD = ROOT / ".local/sam/build"
LAYER = BUILD / "CommonLayer/python"
FUNCTIONS = {
    name: each["Properties"]["Handler"]
    for name, each in template()["Resources"].items()
    if each["Type"] == "AWS::Serverless::Function"
}
OPEN = "import importlib, sys; sys.path[:0] = sys.argv[2:]; importlib.import_module(sys.argv[1])"
KEYS = {"JWKS_URL": "https://identity.example/jwks", "JWKS": ""}
EVERYWHERE = template()["Globals"]["Function"]["Environment"]["Variables"]


def environment(function: str) -> dict[str, str]:
    """What the template gives it, almost all of it 1: a name to most, a number to some."""
    own = template()["Resources"][function]["Properties"].get("Environment", {"Variables": {}})["Variables"]
    return {"AWS_DEFAULT_REGION": "us-east-1", **dict.fromkeys((*EVERYWHERE, *own), "1"), **KEYS}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_door_opens_with_nothing_but_the_layer(stack: dict[str, Any], function: str) -> None:
    module = FUNCTIONS[function].removesuffix(".handler")
    command = [PYTHON, "-I", "-S", "-B", "-c", OPEN, module, BUILD / function, LAYER]
    opened = subprocess.run(command, env=environment(function), capture_output=True, text=True, check=False)
    assert opened.returncode == 0, opened.stderr


def test_every_module_is_shipped_with_byte_code_that_is_never_checked(stack: dict[str, Any]) -> None:
    sources = [*LAYER.rglob("*.py"), *(BUILD / "LookupFunction").rglob("*.py")]
    assert len(sources) > 100
    for source in sources:
        (compiled,) = (source.parent / "__pycache__").glob(f"{source.stem}.cpython-*.pyc")
        assert _flags(compiled) == 0b01, compiled


def _flags(compiled: Path) -> int:
    """0b01: told by a hash of the source (PEP 552), and not checked against it."""
    return int.from_bytes(compiled.read_bytes()[4:8], "little")


def test_only_the_services_that_are_called_are_described(stack: dict[str, Any]) -> None:
    services = {each.name for each in (LAYER / "botocore/data").iterdir() if each.is_dir()}
    assert services == {"dynamodb", "events", "kms", "s3", "sns", "sqs", "stepfunctions", "sts"}
