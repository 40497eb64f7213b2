"""What waits less on the local stack waits on AWS for as long as it has to."""

from __future__ import annotations

from typing import Any

import pytest

from customers.store.erasure import sweep_refused_facts
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


@pytest.mark.parametrize("name", ["SweepLettersFunction", "SealErasureFunction"])
def test_refused_facts_stay_hidden_for_two_minutes_from_others_while_a_sweep_has_them_in_hand(name: str) -> None:
    seconds = _properties(name)["Environment"]["Variables"]["IN_HAND_SECONDS"]
    assert seconds["If"][:2] == ["OnAws", "120"]
    # The same without a word from the environment, as for the commands of an operator.
    assert sweep_refused_facts.IN_HAND == 120
