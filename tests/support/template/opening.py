"""What a function reads from its environment as it is loaded, as Lambda does before the first call."""

from __future__ import annotations

import importlib.util
import os
from typing import Any

import pytest

from tests.support.auth.keys import ISSUER, ec_key, inline, jwks
from tests.support.tables import ROOT
from tests.support.template.deployed import functions


class _Noted(dict[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__(os.environ)
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().get(name, default)


def read_by(function: str) -> set[str]:
    """The names of the variables, of those that functions have."""
    module = functions()[function]["Handler"].removesuffix(".handler")
    path = ROOT / "functions" / (module.replace(".", "/") + ".py")
    # A copy of the module, so that nobody's handler is another from now on.
    spec = importlib.util.spec_from_file_location(f"opened.{module}", path)
    assert spec
    assert spec.loader
    with pytest.MonkeyPatch.context() as patched:
        for name, value in {"ISSUER": ISSUER, "JWKS_URL": "", "JWKS": inline(jwks({"key": ec_key()}))}.items():
            patched.setenv(name, value)
        noted = _Noted()
        patched.setattr(os, "environ", noted)
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
    known = {variable for each in functions().values() for variable in each["Environment"]["Variables"]}
    return noted.asked & known
