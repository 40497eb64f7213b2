"""Linters of OpenAPI find nothing, or the rule is off with its reason beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from customers.wire.events.published import published_schemas
from customers.wire.facts.codec import fact_schemas
from tests.clients.conftest import NODE, Run
from tests.support.tables import ROOT

pytestmark = pytest.mark.clients
HERE = Path(__file__).parent


def test_spectral_finds_nothing(page: Path, run: Run) -> None:
    found = run(NODE / "spectral", "lint", page, "--ruleset", HERE / "spectral.yaml", "--fail-severity", "hint")
    assert "No results" in found


def test_redocly_finds_nothing(page: Path, run: Run) -> None:
    found = run(NODE / "redocly", "lint", page, "--config", HERE / "redocly.yaml", "--format", "json")
    totals = json.loads(found[found.index("{") : found.rindex("}") + 1])["totals"]
    assert (totals["errors"], totals["warnings"]) == (0, 0), found


def test_the_parser_of_asyncapi_finds_nothing(run: Run) -> None:
    found = run(Path("node"), HERE / "asyncapi.cjs", ROOT / "docs/asyncapi.json")
    assert found.split()[0] == str(len(fact_schemas()) + len(published_schemas()))
