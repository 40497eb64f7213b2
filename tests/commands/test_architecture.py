"""The layer is built for the architecture that is deployed: one word of `make` decides both."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.stack.make_command import environment, make, said
from tests.support.stack.own_stack import ROOT
from tests.support.tables import template

TRUSTED = ("ISSUER=https://i.example", "JWKS_URL=https://i.example/jwks")
WHEELS = {"arm64": "aarch64", "x86_64": "x86_64"}
LAYERS = pytest.mark.parametrize("target", ["build-CommonLayer", "build-LibrariesLayer"])


def planned(*words: str, cwd: Path = ROOT, **environ: str) -> str:
    """What make would run."""
    ended = make("-n", *words, cwd=cwd, environ=environment(**environ))
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.mark.parametrize("architecture", WHEELS)
def test_one_word_is_the_layer_s_and_the_functions_architecture(architecture: str) -> None:
    plan = planned("deploy", *TRUSTED, f"ARCHITECTURE={architecture}")
    assert re.findall(r"LAMBDA_PLATFORM=(\w+)", plan) == [WHEELS[architecture]]
    # The build's, and the deploy's: a first deploy has a second pass, which protects the tables.
    assert re.findall(r"\bArchitecture=(\w+)", plan) == [architecture] * 3


def test_without_a_word_it_is_the_template_s() -> None:
    default = template()["Parameters"]["Architecture"]["Default"]
    assert f"LAMBDA_PLATFORM={WHEELS[default]}" in planned("build")
    assert f"Architecture={default}" in planned("build")
    assert set(WHEELS) == set(template()["Parameters"]["Architecture"]["AllowedValues"])


def test_an_environment_in_samconfig_decides_for_its_build_too(tmp_path: Path) -> None:
    for name in ("Makefile", "template.yaml", "samconfig.toml"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    (tmp_path / ".local").symlink_to(ROOT / ".local")
    (tmp_path / "requirements").symlink_to(ROOT / "requirements")
    config = (tmp_path / "samconfig.toml").read_text()
    config = config.replace('"Mounted=beta,folded"', '"Mounted=beta,folded Architecture=x86_64"')
    (tmp_path / "samconfig.toml").write_text(config)
    plan = planned("deploy", "ENV=prod", *TRUSTED, cwd=tmp_path)
    assert "LAMBDA_PLATFORM=x86_64" in plan
    assert set(re.findall(r"\bArchitecture=(\w+)", plan)) == {"x86_64"}


@LAYERS
@pytest.mark.parametrize("platform", WHEELS.values())
def test_a_layer_takes_wheels_of_that_machine_alone(target: str, platform: str) -> None:
    layer = ROOT / "layers/common"
    plan = planned(target, "ARTIFACTS_DIR=/artifacts", cwd=layer, LAMBDA_PLATFORM=platform)
    tags = re.findall(r"--platform (\w+)", plan)
    assert tags
    assert {tag.rpartition("_" + platform)[1] for tag in tags} == {"_" + platform}


@LAYERS
def test_a_layer_that_nobody_says_the_machine_of_is_not_built(target: str, tmp_path: Path) -> None:
    """As by `sam build` alone, which hands no parameter to it."""
    ended = make(target, f"ARTIFACTS_DIR={tmp_path}", cwd=ROOT / "layers/common")
    assert ended.returncode != 0
    (line,) = said(ended)
    assert "make build ARCHITECTURE=arm64 or x86_64" in line
