"""Run the real build and the real deploy, against the emulator. What has not changed is not built or deployed again."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError

from local import tokens
from local.emulator.process import Emulator
from local.environment import architecture, for_build, for_deploy, runtime
from local.places import BUILD, ROOT, SAM, TOOLS, Place
from local.progress import step
from local.refusal import Refusal
from local.stack import completion

BUILT = SAM / "built"
"""Of which sources the build is."""
STACK = "customers-local"
DEPLOYED = "/customers-local/deployed"
"""The parameter, in the emulator's Parameter Store, that says what its stack was deployed from."""
MOUNTED = "beta,planned,preview,folded"


def require_make() -> None:
    """Raise `Refusal` without `make`: the build needs it, even when `make` did not start this program."""
    if shutil.which("make") is None:
        raise Refusal("The build needs make, and there is none on the PATH: install it (Debian, Ubuntu: make)")


def deploy(place: Place, emulator: Emulator) -> None:
    """Build and deploy what changed, and complete what the emulator ignores."""
    place.deploy_log.write_text("")
    with _alone():
        with step("Building the layers and the functions"):
            _build_what_changed(place)
        mark = _mark(emulator)
        if _deployed(emulator) != mark:
            with step("Deploying to the emulator"):
                _sam(place, for_deploy(emulator.url), *_deploy(emulator))
    with step("Completing what the emulator ignores in the template"):
        completion.complete(emulator.url, STACK)
    _note(emulator, mark)


def _deployed(emulator: Emulator) -> str | None:
    """What the emulator's stack was deployed from, as `_mark` says it; None without a stack, or if it is not known."""
    try:
        parameter = completion.session().client("ssm", endpoint_url=emulator.url).get_parameter(Name=DEPLOYED)
        of_stack, _, mark = parameter["Parameter"]["Value"].partition(" ")
        return mark if of_stack == _stack_id(emulator) else None
    except ClientError:
        return None


def _note(emulator: Emulator, mark: str) -> None:
    """Keep the mark in the emulator's own state, so that it is lost with it. It says of which stack it is."""
    parameters = completion.session().client("ssm", endpoint_url=emulator.url)
    parameters.put_parameter(Name=DEPLOYED, Value=f"{_stack_id(emulator)} {mark}", Type="String", Overwrite=True)


def _stack_id(emulator: Emulator) -> str:
    formation = completion.session().client("cloudformation", endpoint_url=emulator.url)
    (stack,) = formation.describe_stacks(StackName=STACK)["Stacks"]
    return stack["StackId"]


def _mark(emulator: Emulator) -> str:
    """The address that the functions are given, and a digest of all else that a deploy depends on."""
    digest = hashlib.sha256(_digest_of_sources().encode())
    digest.update((ROOT / "samconfig.toml").read_bytes())
    digest.update(repr([each for each in _deploy(emulator) if emulator.url not in each]).encode())
    return f"{emulator.url} {digest.hexdigest()}"


def _build_what_changed(place: Place) -> None:
    """Build, unless the last build was of the same sources. A build that fails or is killed does not count."""
    sources = _digest_of_sources()
    if BUILT.exists() and BUILT.read_text() == sources:
        return
    BUILT.unlink(missing_ok=True)
    _sam(place, for_build(), *_build())
    BUILT.write_text(sources)


def _digest_of_sources() -> str:
    """SHA-256, in hexadecimal, of the build's arguments and of every file that it reads."""
    digest = hashlib.sha256(repr(_build()).encode())
    folders = (ROOT / "functions", ROOT / "layers")
    files = [ROOT / "template.yaml", *(each for folder in folders for each in folder.rglob("*"))]
    for file in sorted(each for each in files if each.is_file() and "__pycache__" not in each.parts):
        digest.update(f"{file.relative_to(ROOT)}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _build() -> list[str]:
    return [
        "build",
        *("--template-file", str(ROOT / "template.yaml")),
        *("--build-dir", str(BUILD)),
        *("--cache-dir", str(SAM / "cache")),
        *("--cached", "--parallel"),
        *("--parameter-overrides", *_parameters()),
    ]


def _deploy(emulator: Emulator) -> list[str]:
    return [
        "deploy",
        *("--config-file", str(ROOT / "samconfig.toml"), "--config-env", "local"),
        *("--template-file", str(BUILD / "template.yaml")),
        *("--stack-name", STACK),
        *("--parameter-overrides", *_parameters(), f"LinkBase={emulator.api}", f"WebAddress={emulator.url}"),
    ]


def _parameters() -> list[str]:
    return [
        "IsLocal=true",
        f"Runtime={runtime()}",
        f"Architecture={architecture()}",
        f"Mounted={MOUNTED}",
        "Sandbox=true",
        "UserPool=true",
        f"Issuer={tokens.ISSUER}",
        f"Jwks={tokens.jwks()}",
    ]


def _sam(place: Place, environment: dict[str, str], *arguments: str) -> None:
    with place.deploy_log.open("ab") as log:
        ended = subprocess.run(
            [str(TOOLS / "python"), "-m", "local.stack.sam_cli", *arguments],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if ended.returncode != 0:
        raise Refusal(f"sam {arguments[0]} failed: {_reason(place)} (all of it: {place.deploy_log})")


def _reason(place: Place) -> str:
    """The line of the log that explains the failure."""
    lines = [line.strip() for line in place.deploy_log.read_text(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("Error") or "_FAILED" in line or "error:" in line]
    return (errors or lines or ["no output"])[-1]


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the build lock: the stacks of one checkout share its build."""
    SAM.mkdir(parents=True, exist_ok=True)
    with (SAM / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
