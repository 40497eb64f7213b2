"""When the local stack's functions are built."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from local.places import Place
from local.refusal import Refusal
from local.stack import deployment


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
