"""A wrong word in a line of `make` is answered by one line, with the mend."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import admin.__main__
import local.__main__
from admin.erasure import verify_receipt
from commands.targets import objection, targets
from tests.support.stack.make_command import make, said
from tests.support.stack.own_stack import ROOT

KNOWN = targets((ROOT / "Makefile").read_text())

# What is typed, and what the one line must say.
WRONG = {
    "upp": "did you mean up?",
    "rest": "did you mean reset?",
    "up PROT=4600": "did you mean PORT?",
    "token ENTERPRIZE=a": "did you mean ENTERPRISE?",
    "audit FILE=a": "make audit has no parameter FILE",
    "lint NOISE=1": "it has no parameters",
    "up PORT=80000": "PORT: '80000' is not a port to listen on; use 1024 to 65535",
    "up PORT=0": "PORT: '0'",
    "run PORT=80": "PORT: '80'",
    "up PORT=-1": "PORT: '-1'",
    "up PORT=abc": "PORT: 'abc'",
    "down PORT=4600": "make down has no parameter PORT: it has DIR=",
    "up DIR=README.md": "README.md",
    "token AUDIENCE=admin": "AUDIENCE: there is no 'admin' (did you mean enterprise-admin?); use one of",
    "token AUDIENCE=till": "use one of enterprise-admin, pos-terminal",
    "token AUDIENCE=customer:SEARCH": "PERMISSIONS=customer:SEARCH AUDIENCE=enterprise-admin",
    "token AUDIENCE=enterprise-admin PERMISSIONS=customer:SERCH": "(did you mean customer:SEARCH?)",
    "token AUDIENCE=enterprise-admin PERMISSIONS=search": "(did you mean customer:SEARCH?)",
    "token PERMISSIONS=customer:SEARCH": "use AUDIENCE=enterprise-admin",
    "token ENTERPRISE=a#b": "ENTERPRISE: 'a#b' is not an id",
    "token BRANCH=x/y": "BRANCH: 'x/y' is not an id",
    "token MERCHANT=x/y": "MERCHANT: 'x/y' is not an id",
    "sample CUSTOMERS=x": "CUSTOMERS: must be a number",
    "sample FACTS=0": "FACTS: must be a number",
    "sample FILE=nowhere/base.jsonl": "There is no folder nowhere",
    "sms": "is not a phone: make sms PHONE=",
    "sms PHONE=Layla": "PHONE: 'Layla' is not a phone",
    "sms PHONE=55003345 WAIT=x": "WAIT: 'x' is not a number of seconds",
    "load": "Which file? make load FILE=facts.jsonl",
    "load FILE=missing.jsonl": "There is no file missing.jsonl",
    "load FILE=README.md WAITING=0": "WAITING: must be a number",
    "load FILE=README.md STALLED=x": "STALLED: 'x'",
    "load FILE=README.md AGAIN=0": "use AGAIN=1 or leave it out",
    "receipt": "ENTERPRISE: is missing",
    "receipt ENTERPRISE=1": "ERASURE: is missing: use the id of an erasure, era_…",
    "receipt ENTERPRISE=1 ERASURE=usr_1": "ERASURE: 'usr_1' is not the id of an erasure, era_…",
    "receipt ENTERPRISE=1 ERASURE=era_1 WAIT=long": "WAIT: 'long'",
    "rebuild": "Which customer? make rebuild CUSTOMER=usr_…",
    "rebuild CUSTOMER=+97433001122": "CUSTOMER: '+97433001122' is not the id of a customer, usr_…",
    "rebuild ENTERPRISE=a#b": "ENTERPRISE: 'a#b' is not an id",
    "audit ENTERPRISE=a#b": "ENTERPRISE: 'a#b' is not an id",
    "redrive ID=../x": "ID: '../x' is not a message id",
    "verify-receipt FILE=missing.json": "missing.json",
    "verify-receipt FILE=README.md": "README.md is not JSON",
    "bench ROUNDS=x": "ROUNDS must be a number",
    "deploy ENV=prdo": "ENV=staging or ENV=prod",
    "deploy": "Which issuer of tokens do you trust?",
    "deploy ISSUER=https://i.example JWKS_URL=http://i.example/jwks": "JWKS_URL",
    "build ARCHITECTURE=arm": "ARCHITECTURE=arm64 or ARCHITECTURE=x86_64",
    "deploy ENV=staging ISSUER=https://i JWKS_URL=https://j ARCHITECTURE=x86": "ARCHITECTURE=x86_64",
    "lock UPGRADE=0": "use UPGRADE=1 or leave it out",
}


COMMAND = re.compile(r"-m (local|admin(?:\.verify_receipt)?) (.*)")
MAINS = {
    "local": local.__main__.main,
    "admin": admin.__main__.main,
    "admin.erasure.verify_receipt": verify_receipt.main,
}


@pytest.fixture(autouse=True)
def out_of_reach(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A word that is let through must not meet a stack that runs here."""
    monkeypatch.setenv("STACK_FILE", str(tmp_path / "stack.json"))
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.chdir(ROOT)


@pytest.fixture
def answered(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, list[str]]]:
    """What a line of make ends with, and says. Its programs run in this process: starting each takes a second."""

    def run(*words: str) -> tuple[int, list[str]]:
        planned = make("-n", *words)
        if planned.returncode:
            return planned.returncode, [line for line in planned.stderr.splitlines() if ": ***" in line]
        for line in planned.stdout.replace("\\\n", " ").splitlines():
            if found := COMMAND.search(line):
                try:
                    code = MAINS[found[1]](shlex.split(found[2]))
                except SystemExit as ended:
                    code = int(ended.code or 0)
                errors = capsys.readouterr().err
            else:
                shell = subprocess.run(["sh", "-c", line], cwd=ROOT, capture_output=True, text=True, check=False)
                code, errors = shell.returncode, shell.stderr
            if code:
                return code, errors.splitlines()
        return 0, []

    return run


@pytest.mark.parametrize("typed", WRONG)
def test_a_wrong_word_is_one_line_with_the_mend(typed: str, answered: Callable[..., tuple[int, list[str]]]) -> None:
    code, lines = answered(*typed.split())
    assert code != 0
    (line,) = lines
    assert WRONG[typed] in line


def test_every_parameter_in_the_makefile_s_recipes_is_in_the_help_of_its_target() -> None:
    internal = {
        "PYTHON",
        "PYTHONPATH",
        "PLATFORM",
        "ON_STACK",
        "STACK_OPTIONS",
        "OVERRIDES",
        "BENCH",
        "TOOLS",
        "WITHOUT_AWS",
    }
    internal |= {
        "LOCAL",
        "ADMIN",
        "SAM",
        "LOCK",
        "CURDIR",
        "PIP",
        "GIVEN",
        "ROOT",
        "TEST",
        "QUICK",
        "FAST",
        "LOOKUP",
        "MAKE",
        "FEW_MUTANTS",
        "CHECKS",
        "ACCOUNT",
        "DEPLOY",
        "NAME",
    }
    text = (ROOT / "Makefile").read_text()
    for name, recipe in re.findall(r"^([a-z-]+):[^\n]*##[^\n]*\n((?:(?:\t|if|else|end)[^\n]*\n)+)", text, re.MULTILINE):
        used = set(re.findall(r"\$\(([A-Z_]+)\)", recipe)) | set(re.findall(r"switch,([A-Z_]+)", recipe))
        used |= {"STACK"} if "ON_STACK" in recipe else set()
        used |= {"DIR"} if "STACK_OPTIONS" in recipe else set()
        assert used - internal <= set(KNOWN[name]), name


def test_a_target_takes_what_its_line_says_and_what_all_take() -> None:
    assert objection(KNOWN, ["up"], ["PORT", "PYTHON", "DIR"]) == ""
    assert objection(KNOWN, ["lint", "test"], ["ARGS"]) == ""
    assert objection(KNOWN, [".venv/ready"], ["PYTHON"]) == ""


def test_a_python_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    for name in ("Makefile", "local/preflight.py", "commands/targets.py", "requirements/tools.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    # A shim that leads nowhere is on the path, and ends with an error.
    (shim := tmp_path / "python2").write_text("#!/bin/sh\necho command not found >&2; exit 127\n")
    shim.chmod(0o755)
    for python in ("python9", str(shim)):
        ended = make("up", f"PYTHON={python}", cwd=tmp_path)
        assert said(ended) == [
            f'There is no "{python}" here: install Python 3.11 or newer, or name one with PYTHON=python3.13'
        ]
