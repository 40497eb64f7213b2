"""The forty-line tills run, as a vendor would run them, against the sandbox."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.e2e.conftest import Enterprise
from tests.support.tables import ROOT

PLAIN, PROTO, STRANGER, THROTTLED = "+97410000001", "00974 1000 0002", "+97410000003", "+97410000429"
EXPECTED = [
    "Welcome, Sandbox Customer! [new]",
    "  to spend: QAR 0.00",
    "Welcome, guest! [new]",
    "  to spend: QAR 0.00",
    "  waiting: QAR 25.00 until",
    "New here? Register this customer.",
    "No answer: RateLimited",
    "That is no phone: it must be digits",
]


def run(shop: Enterprise, command: list[str], typed: list[str], **more: str) -> list[str]:
    # A laptop's first lookup starts a process, which takes longer than a till waits.
    shop.get("/customers/lookup?phone=%2B97410000001")
    environment = {**os.environ, "API": shop.stack["api"], "TOKEN": shop.token(), **more}
    ended = subprocess.run(
        command,
        input="\n".join([*typed, "", ""]),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()


def begins_alike(printed: list[str], expected: list[str]) -> bool:
    return len(printed) == len(expected) and all(map(str.startswith, printed, expected))


def test_the_till_in_python(shop: Enterprise, tmp_path: Path) -> None:
    typed = [PLAIN, PROTO, STRANGER, THROTTLED, "hello", f"in {PLAIN}"]
    more = {"PYTHONPATH": str(ROOT / "sdk/python/src"), "JOURNAL": str(tmp_path / "journal")}
    printed = run(shop, [sys.executable, str(ROOT / "sdk/python/examples/till.py")], typed, **more)
    assert begins_alike(printed, [*EXPECTED, "Checked in. Sent 1, waiting 0."]), printed


def test_the_till_in_typescript(shop: Enterprise, tmp_path: Path) -> None:
    modules = tmp_path / "node_modules"
    modules.mkdir()
    (modules / "customers-till").symlink_to(ROOT / "sdk/typescript")
    (tmp_path / "till.mjs").write_text((ROOT / "sdk/typescript/examples/till.mjs").read_text())
    typed = [PLAIN, PROTO, STRANGER, THROTTLED, "hello", "ses_sandbox"]
    printed = run(shop, ["node", str(tmp_path / "till.mjs")], typed)
    assert begins_alike(printed, [*EXPECTED, "identified_in_session: Sandbox Customer"]), printed
