"""When the local stack's functions are built, and when they are deployed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from local.places import Place
from local.refusal import Refusal
from local.stack import completion, deployment
from tests.support.stack.machine import Machine

# The emulator outlives the object that started it, as it does after `make up`.
pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored in. .function Popen.__del__")


@pytest.fixture
def builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is built; a build fails while `broken` exists."""
    done: list[str] = []

    def sam(_place: Place, _environment: Any, *arguments: str) -> None:
        if (tmp_path / "broken").exists():
            raise Refusal("sam build failed")
        done.extend(arguments)

    for file in ("template.yaml", "functions/lookup.py", "layers/common/Makefile"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("first")
    monkeypatch.setattr(deployment, "ROOT", tmp_path)
    monkeypatch.setattr(deployment, "BUILT", tmp_path / "built")
    monkeypatch.setattr(deployment, "_build", lambda: ["build"])
    monkeypatch.setattr(deployment, "for_build", dict)
    monkeypatch.setattr(deployment, "_sam", sam)
    return done


@pytest.mark.parametrize("file", ["template.yaml", "functions/lookup.py", "layers/common/Makefile", "functions/new.py"])
def test_a_build_is_repeated_only_for_other_sources(tmp_path: Path, builds: list[str], file: str) -> None:
    place = Place(tmp_path / "stack")
    deployment._build_what_changed(place)
    deployment._build_what_changed(place)
    assert builds == ["build"]
    (tmp_path / file).write_text("second")
    deployment._build_what_changed(place)
    assert builds == ["build", "build"]


def test_a_build_that_failed_is_repeated(tmp_path: Path, builds: list[str]) -> None:
    place = Place(tmp_path / "stack")
    deployment._build_what_changed(place)
    (tmp_path / "template.yaml").write_text("second")
    (tmp_path / "broken").touch()
    with pytest.raises(Refusal):
        deployment._build_what_changed(place)
    (tmp_path / "broken").unlink()
    (tmp_path / "template.yaml").write_text("first")
    deployment._build_what_changed(place)
    assert builds == ["build", "build"]


@pytest.fixture
def deploys(machine: Machine, builds: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is built, deployed and completed, on an emulator that is running."""

    def sam(place: Place, _environment: Any, *arguments: str) -> None:
        builds.append(arguments[0])
        if arguments[0] == "deploy" and not (tmp_path / "there").exists():
            queue = json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}})
            machine.aws("cloudformation").create_stack(StackName=deployment.STACK, TemplateBody=queue)
            (tmp_path / "there").touch()

    (tmp_path / "samconfig.toml").touch()
    monkeypatch.setattr(deployment, "SAM", tmp_path)
    monkeypatch.setattr(deployment, "_sam", sam)
    monkeypatch.setattr(completion, "complete", lambda *_: builds.append("complete"))
    machine.start()
    return builds


@pytest.mark.thorough
def test_what_has_not_changed_is_completed_and_not_deployed_again(
    machine: Machine, deploys: list[str], tmp_path: Path
) -> None:
    def deployed() -> list[str]:
        deploys.clear()
        assert machine.running is not None
        deployment.deploy(machine.place, machine.running)
        return deploys

    assert deployed() == ["build", "deploy", "complete"]
    assert deployed() == ["complete"]
    (tmp_path / "functions/lookup.py").write_text("second")
    assert deployed() == ["build", "deploy", "complete"]
    (tmp_path / "samconfig.toml").write_text("second")
    assert deployed() == ["deploy", "complete"]
    # The functions are given the emulator's address.
    machine.stop()
    machine.start()
    assert deployed() == ["deploy", "complete"]
    assert deployed() == ["complete"]
    # Somebody has deleted the stack, and what was noted of it is left.
    machine.aws("cloudformation").delete_stack(StackName=deployment.STACK)
    (tmp_path / "there").unlink()
    assert deployed() == ["deploy", "complete"]


def test_a_deploy_that_was_not_completed_is_repeated(
    machine: Machine, deploys: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: str) -> None:
        raise Refusal("ended")

    assert machine.running is not None
    with monkeypatch.context() as broken:
        broken.setattr(completion, "complete", fails)
        with pytest.raises(Refusal):
            deployment.deploy(machine.place, machine.running)
    deploys.clear()
    deployment.deploy(machine.place, machine.running)
    assert deploys == ["deploy", "complete"]
