"""The local stack itself: one address, never up without a fold, and right again after a kill."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from local.emulator import process
from local.places import Place
from local.refusal import Refusal
from local.snapshots import kept
from local.stack import probe
from local.stack.stack_file import Stack
from tests.e2e.conftest import Enterprise
from tests.e2e.facts.test_load import no_fold
from tests.support.stack.machine import Machine, eventually, use_tools
from tests.support.stack.own_stack import ROOT, place_of_tests

LAYLA = "+97433001122"

# The emulator outlives the object that started it, as it does after `make up`.
pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored in. .function Popen.__del__")


def test_the_api_has_one_address_whatever_its_id_is(stack: dict[str, Any]) -> None:
    assert stack["api"] == f"{stack['aws']}/v1/partner"
    document = requests.get(f"{stack['api']}/openapi", timeout=120).json()
    assert [each["url"] for each in document["servers"]] == [stack["api"]]
    missing = requests.get(f"{stack['api']}/nothing", timeout=120)
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "NOT_FOUND")
    # What is not the API's falls through to the emulator.
    assert requests.get(f"{stack['aws']}/_ministack/health", timeout=120).ok


def test_the_stack_is_known_by_the_id_that_cloudformation_gave_it(
    stack: dict[str, Any], aws: Callable[[str], Any]
) -> None:
    (deployed,) = aws("cloudformation").describe_stacks(StackName=stack["stack"])["Stacks"]
    assert stack["id"] == deployed["StackId"]


def test_nothing_is_called_up_unless_a_fact_has_just_been_folded(
    stack: dict[str, Any], aws: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Stack(**stack)
    probe.prove_that_facts_are_folded(place_of_tests(), told)
    monkeypatch.setattr(probe, "WITHIN", 2.0)
    with no_fold(stack, aws, "facts"), pytest.raises(Refusal) as refused:
        probe.prove_that_facts_are_folded(place_of_tests(), told)
    (line,) = str(refused.value).splitlines()
    assert "the fact queue has 1 and has not got shorter" in line
    assert "emulator.log" in line


@pytest.fixture
def twin(
    stack: dict[str, Any], enterprise: Enterprise, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Machine]:
    """Another machine with a snapshot of the stack that has the enterprise, as after a kill."""
    use_tools(monkeypatch)
    machine = Machine(Place(tmp_path / "twin"))
    # A snapshot is made only after something has changed.
    known = time.time()
    enterprise.publish("branch.registered", merchant_id=enterprise.merchant, branch_id="twin")
    eventually(lambda: kept.saved_at(place_of_tests()).timestamp() > known)
    eventually(lambda: _copied(place_of_tests(), machine.place))
    machine.place.layout_file.write_text(json.dumps(kept.layout()))
    yield machine
    if process.running(machine.place):
        machine.kill()


def _copied(source: Place, target: Place) -> bool:
    shutil.rmtree(target.state, ignore_errors=True)
    try:
        shutil.copytree(source.current.resolve(), target.state / "1")
    except (OSError, shutil.Error):
        # A newer one has taken its place meanwhile.
        return False
    target.current.symlink_to("1")
    target.unsaved_mark.touch()
    return True


@pytest.mark.thorough
def test_a_stack_that_was_killed_folds_under_another_port_and_a_load_sends_what_is_lost(
    enterprise: Enterprise, stack: dict[str, Any], twin: Machine, tmp_path: Path
) -> None:
    base = tmp_path / "base.jsonl"
    base.write_text("".join(f"{_top_up(enterprise.id, number)}\n" for number in range(20)))

    shop = _started(twin, stack, enterprise)
    probe.prove_that_facts_are_folded(twin.place, Stack(**shop.stack))
    said = _load(twin, base)
    assert "Sent 20 facts" in said, said
    eventually(lambda: _spendable(shop) == 20)
    assert "have already been sent" in _load(twin, base)

    twin.kill()
    _copied_back(twin)
    shop = _started(twin, stack, enterprise)
    said = _load(twin, base)
    assert "The stack lost the facts after line 0" in said, said
    eventually(lambda: _spendable(shop) == 20)
    assert "have already been sent" in _load(twin, base)


def _copied_back(twin: Machine) -> None:
    """Of all snapshots, leave one from before the load."""
    # The copy of the killed emulator that was writing a snapshot ends with it, but a moment later.
    eventually(lambda: _removed(twin.place.state))
    shutil.copytree(twin.place.folder / "before", twin.place.state, symlinks=True)


def _removed(folder: Path) -> bool:
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


def _started(twin: Machine, stack: dict[str, Any], enterprise: Enterprise) -> Enterprise:
    """The same enterprise, on the machine that has just been started."""
    if not (twin.place.folder / "before").exists():
        shutil.copytree(twin.place.state, twin.place.folder / "before", symlinks=True)
    twin.start()
    assert "ended without saving" in twin.lines[-1]
    assert twin.running is not None
    moved: dict[str, Any] = json.loads(json.dumps(stack).replace(stack["aws"], twin.running.url))
    twin.place.stack_file.write_text(json.dumps(moved))
    return Enterprise(moved, enterprise.id, enterprise.merchant, enterprise.branch)


def _load(twin: Machine, base: Path) -> str:
    ended = subprocess.run(
        [ROOT / ".venv/bin/python", "-m", "admin", "load", str(base)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": "layers/common/python", "STACK_FILE": str(twin.place.stack_file)},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.stdout + ended.stderr


def _spendable(shop: Enterprise) -> int:
    answer = shop.get(f"/customers/lookup?phone=%2B{LAYLA[1:]}")
    if answer.status_code == 503:
        # The stack has just been started, and has not been warmed up.
        return 0
    assert answer.ok, answer.text
    customer = answer.json()["data"]["customer"]
    return int(customer["balance"]["spendable_minor"]) if customer else 0


def _top_up(enterprise: str, number: int) -> str:
    detail = {
        "fact_id": f"kill-{number}",
        "enterprise_id": enterprise,
        "occurred_at": f"2026-01-01T10:00:{number:02}Z",
        "customer": {"phone": LAYLA},
        "amount_minor": 1,
        "currency": "QAR",
    }
    return json.dumps({"detail-type": "balance.topped_up", "detail": detail})
