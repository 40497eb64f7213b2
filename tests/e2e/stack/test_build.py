"""What was built stands alone: the emulator lends functions its own libraries, and Lambda does not."""

from __future__ import annotations

import json
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
OPEN = """
import contextlib, importlib, json, os, pkgutil, sys, traceback
sys.path[:0], functions = sys.argv[1:-1], json.loads(sys.argv[-1])
importlib.import_module("aws_lambda_powertools")
for each in pkgutil.walk_packages(importlib.import_module("customers").__path__, "customers."):
    # Not all of them can be imported without the second layer.
    with contextlib.suppress(ImportError):
        importlib.import_module(each.name)
if len(sys.argv) > 3:
    sessions = importlib.import_module("boto3")
    for service in sessions._get_default_session().get_available_services():
        sessions.client(service, "us-east-1")
for folder, module, environment in functions:
    if (fork := os.fork()) == 0:
        # What a function logs as it is imported is not the answer.
        os.dup2(2, 1)
        os.environ.clear()
        os.environ.update(environment)
        sys.path.insert(0, folder)
        try:
            importlib.import_module(module)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    print(module, os.waitpid(fork, 0)[1], flush=True)
"""
"""Imports each function in a fork of its own, of a Python that has the function's layers and nothing else. What many of
them import, and the descriptions of services, are read before the forks."""
KEYS = {"JWKS_URL": "https://identity.example/jwks", "JWKS": "", "ISSUERS": "", "PEOPLE": "", "SOURCE_ENTERPRISES": ""}
LAMBDA = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "1", "AWS_SECRET_ACCESS_KEY": "1"}
EVERYWHERE = template()["Globals"]["Function"]["Environment"]["Variables"]


def environment(function: str) -> dict[str, str]:
    """What the template gives it, almost all of it 1: a name to most, a number to some."""
    own = template()["Resources"][function]["Properties"].get("Environment", {"Variables": {}})["Variables"]
    return {**LAMBDA, **dict.fromkeys((*EVERYWHERE, *own), "1"), **KEYS}


@pytest.mark.parametrize("layers", [(COMMON,), (COMMON, LIBRARIES)], ids=["small", "both"])
def test_a_door_opens_with_nothing_but_its_layers(stack: dict[str, Any], layers: tuple[Path, ...]) -> None:
    has = {name: 1 + ("Layers" in template()["Resources"][name]["Properties"]) for name in FUNCTIONS}
    chosen = [
        (str(BUILD / name), FUNCTIONS[name].removesuffix(".handler"), environment(name))
        for name in FUNCTIONS
        if has[name] == len(layers)
    ]
    command: list[str | Path] = [PYTHON, "-I", "-S", "-B", "-c", OPEN, *layers, json.dumps(chosen)]
    opened = subprocess.run(command, capture_output=True, text=True, check=False)
    assert opened.stdout.splitlines() == [f"{module} 0" for _, module, _ in chosen], opened.stderr
    assert len(chosen) > 1


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
