"""A local stack of the tests' own, beside the one that a developer may be running.

It goes through the same commands as `make up`, on another port and with its own state, and shares only the build.
Set STACK_FILE to the `stack.json` of a running stack to use that one instead: quicker while writing a test.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import jwt

from local.places import Place

ROOT = Path(__file__).resolve().parents[3]
PYTHON = ROOT / ".local/tools/bin/python"
FOLDER = ROOT / ".local/test"


@contextmanager
def running_stack() -> Iterator[dict[str, Any]]:
    """What `stack.json` says of a deployed stack that is empty at first, and gone afterwards."""
    if shared := os.environ.get("STACK_FILE"):
        yield json.loads(Path(shared).read_text())
        return
    _clear_what_killed_tests_left()
    own = folder()
    try:
        _local("up", "--bare", "--dir", str(own), "--port", str(free_port()))
        yield json.loads((own / "stack.json").read_text())
    finally:
        _local("down", "--dir", str(own))
        shutil.rmtree(own, ignore_errors=True)


def folder() -> Path:
    """Where the running stack keeps its state and its `stack.json`."""
    shared = os.environ.get("STACK_FILE")
    return Path(shared).resolve().parent if shared else FOLDER / str(os.getpid())


def place_of_tests() -> Place:
    """Where the stack of `running_stack` keeps its state."""
    return Place(folder())


def client(stack: Mapping[str, Any], service: Any, **options: Any) -> Any:
    """Of a service of the stack, by name; with options as boto3 takes them."""
    return boto3.client(
        service,
        endpoint_url=stack["aws"],
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        **options,
    )


def signed(stack: dict[str, Any], claims: dict[str, object]) -> str:
    """A token of the stack's issuer with exactly these claims."""
    return jwt.encode(claims, Path(stack["signing_key"]).read_text(), algorithm="ES256", headers={"kid": stack["kid"]})


def _local(*arguments: str) -> None:
    ended = subprocess.run([PYTHON, "-m", "local", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise RuntimeError(f"python -m local {' '.join(arguments)}: {ended.stderr or ended.stdout}")


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _clear_what_killed_tests_left() -> None:
    for left in FOLDER.glob("*"):
        if left.name.isdigit() and not _lives(int(left.name)):
            _local("down", "--dir", str(left))
            shutil.rmtree(left, ignore_errors=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
