"""The environment by which the client finds its way."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

PLAIN = {
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "AKID",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "HOME": "/none",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets it to what is plain and what is given, and nothing else of AWS."""

    def use(**more: str) -> None:
        for name in os.environ:
            if name.startswith("AWS_") or name.lower().endswith("_proxy"):
                monkeypatch.delenv(name)
        for name, value in {**PLAIN, **more}.items():
            monkeypatch.setenv(name, value)

    return use
