"""A local stack of the tests' own, beside the one that a developer may be running.

`make up` deploys one stack, since the code last changed, and stops it. Each stack of the tests is a copy of its state
on another port. It is started without a build and a deploy, for the state holds what they made. Set STACK_FILE to the
`stack.json` of a running stack to use that one instead: quicker while writing a test.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import jwt

from local.emulator import process
from local.places import Place

ROOT = Path(__file__).resolve().parents[3]
PYTHON = ROOT / ".local/tools/bin/python"
FOLDER = ROOT / ".local/test"
DEPLOYED = FOLDER / "deployed/deployed.json"
"""Of which sources the stack beside it was deployed, and under which port."""


@contextmanager
def running_stack(name: str = "") -> Iterator[dict[str, Any]]:
    """What `stack.json` says of a deployed stack that is empty at first, and gone afterwards.

    A process that needs a second one gives it a name.
    """
    if shared := os.environ.get("STACK_FILE"):
        yield json.loads(Path(shared).read_text())
        return
    own, port = folder(name), free_port()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _clear_what_killed_tests_left()
        _copy_what_is_deployed(own, port)
    try:
        _tools("tests.support.stack.start_emulator", str(own), str(port))
        yield json.loads((own / "stack.json").read_text())
    finally:
        _kill(Place(own))
        shutil.rmtree(own, ignore_errors=True)


def _kill(place: Place) -> None:
    """A stop would save the state, for which there is no memory after a large load, and which nobody reads."""
    if emulator := process.running(place):
        os.kill(emulator.pid, signal.SIGKILL)
        while process.running(place):
            time.sleep(0.05)


def _copy_what_is_deployed(own: Path, port: int) -> None:
    """Lay down a deployed stack as it would be under this port."""
    wanted = _digest_of_sources()
    if not DEPLOYED.exists() or json.loads(DEPLOYED.read_text())["of"] != wanted:
        _local("reset", "--dir", str(DEPLOYED.parent))
        shutil.rmtree(DEPLOYED.parent, ignore_errors=True)
        begun = free_port()
        _local("up", "--bare", "--dir", str(DEPLOYED.parent), "--port", str(begun))
        _local("down", "--dir", str(DEPLOYED.parent))
        DEPLOYED.write_text(json.dumps({"of": wanted, "port": begun}))
    shutil.copytree(DEPLOYED.parent, own, symlinks=True)
    before = f"127.0.0.1:{json.loads(DEPLOYED.read_text())['port']}".encode()
    for file in (*(own / "state/current/").glob("*.json"), own / "stack.json", own / "pages.json"):
        file.write_bytes(file.read_bytes().replace(before, f"127.0.0.1:{port}".encode()))


def _digest_of_sources() -> str:
    """Of all files that decide what a fresh stack is."""
    digest = hashlib.sha256()
    files = [ROOT / "template.yaml", ROOT / "samconfig.toml", ROOT / "requirements/tools.txt"]
    files += [each for name in ("functions", "layers", "local") for each in (ROOT / name).rglob("*") if each.is_file()]
    for file in sorted(each for each in files if "__pycache__" not in each.parts):
        digest.update(f"{file.relative_to(ROOT)} {hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def folder(name: str = "") -> Path:
    """Where the running stack of this name keeps its state and its `stack.json`."""
    shared = os.environ.get("STACK_FILE")
    return Path(shared).resolve().parent if shared else FOLDER / f"{os.getpid()}{name}"


def place_of_tests() -> Place:
    """Where the stack of `running_stack` keeps its state."""
    return Place(folder())


def client(stack: Mapping[str, Any], service: str, **options: Any) -> Any:
    """Of a service of the stack, by name, with options as boto3 takes them. All who ask for the same share it."""
    return _client(stack["aws"], service, **options)


@cache
def _client(aws: str, service: Any, **options: Any) -> Any:
    """To make one takes as long as fifty of its calls."""
    return boto3.client(
        service,
        endpoint_url=aws,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        **options,
    )


def signed(stack: dict[str, Any], claims: dict[str, object]) -> str:
    """A token of the stack's issuer with exactly these claims."""
    return jwt.encode(claims, Path(stack["signing_key"]).read_text(), algorithm="ES256", headers={"kid": stack["kid"]})


def _local(*arguments: str) -> None:
    _tools("local", *arguments)


def _tools(module: str, *arguments: str) -> None:
    """Run a module with the Python that has the emulator."""
    ended = subprocess.run([PYTHON, "-m", module, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise RuntimeError(f"python -m {module} {' '.join(arguments)}: {ended.stderr or ended.stdout}")


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _clear_what_killed_tests_left() -> None:
    for left in FOLDER.glob("*"):
        owner = re.match(r"\d+", left.name)
        if owner and not _lives(int(owner[0])):
            _kill(Place(left))
            shutil.rmtree(left, ignore_errors=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
