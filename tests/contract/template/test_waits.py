"""What waits less on the local stack waits on AWS for as long as it has to."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.tables import template


def _properties(name: str) -> dict[str, Any]:
    properties: dict[str, Any] = template()["Resources"][name]["Properties"]
    return properties


@pytest.mark.parametrize(
    ("name", "on_aws"),
    [
        # A fact that waits is applied or refused after ten minutes, an export ends after fifteen.
        ("OthersSeconds", "1200"),
        ("SettlementSeconds", "3600"),
    ],
)
def test_the_workflow_of_an_erasure_waits_long_enough(name: str, on_aws: str) -> None:
    condition, aws, local = _properties("ErasureWorkflow")["DefinitionSubstitutions"][name]["If"]
    assert (condition, aws) == ("OnAws", on_aws)
    assert int(local) < int(aws)
