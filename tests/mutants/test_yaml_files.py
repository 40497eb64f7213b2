"""Faults of the template and the workflows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from mutants.faults import yaml_files
from mutants.mutant import Mutant
from tests.support.tables import ROOT

TEMPLATE = """
Resources:
  Kept:
    Type: AWS::DynamoDB::Table
    Properties: &shared
      TimeToLiveSpecification: { AttributeName: ttl, Enabled: true }
  Other:
    Type: AWS::DynamoDB::Table
    Properties: *shared
  Reader:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: 60
      Policies:
        - Statement: { Effect: Allow, Action: [get, query], Resource: !GetAtt Kept.Arn }
    Events:
      Stream: { <<: { Batch: 10, Oldest: 60 }, Batch: 5 }
  Writer:
    Type: AWS::Serverless::Function
    Properties:
      Policies:
        - Statement: [{ Effect: Allow, Action: put, Resource: !GetAtt Other.Arn }]
"""
WORKFLOW = """
StartAt: First
States:
  First: { Type: Task, Retry: [{ MaxAttempts: 6 }], Next: Second }
  Second: { Type: Wait, Seconds: 20, Next: Last }
  Last: { Type: Fail }
"""


class _Loader(yaml.CSafeLoader):
    pass


_Loader.add_multi_constructor("!", lambda _loader, suffix, node: {suffix: node.value})


def _planted(root: Path, text: str, *, workflow: bool = False) -> dict[str, Mutant]:
    file = "w.asl.yaml" if workflow else "template.yaml"
    (root / file).write_text(text)
    return {f"{m.function} {m.mutation}": m for m in yaml_files.mutants_of(root, file, workflow=workflow)}


def _with(root: Path, mutant: Mutant) -> Any:
    return yaml.load(yaml_files.text_of(root, mutant), _Loader)


def test_what_is_shared_by_an_alias_changes_in_one_place(tmp_path: Path) -> None:
    planted = _planted(tmp_path, TEMPLATE)
    off = planted["Other change: Properties.TimeToLiveSpecification.Enabled: true → false"]
    resources = _with(tmp_path, off)["Resources"]
    assert not resources["Other"]["Properties"]["TimeToLiveSpecification"]["Enabled"]
    assert resources["Kept"]["Properties"]["TimeToLiveSpecification"]["Enabled"]


def test_what_is_merged_and_said_otherwise_is_left_alone(tmp_path: Path) -> None:
    merged = {name for name in _planted(tmp_path, TEMPLATE) if "<<." in name}
    assert merged == {f"Reader change: Events.Stream.<<.Oldest: 60 → {each}" for each in (30, 600)}


@pytest.mark.parametrize(
    ("name", "path", "expected"),
    [
        ("Reader change: Properties.Timeout: 60 → 30", ("Reader", "Properties", "Timeout"), 30),
        ("Reader change: Properties.Timeout: 60 → 600", ("Reader", "Properties", "Timeout"), 600),
        (
            "Reader drop: Properties.Policies.0.Statement.Action.0 (get)",
            ("Reader", "Properties", "Policies", 0, "Statement", "Action"),
            ["query"],
        ),
        (
            "Kept change: Properties.TimeToLiveSpecification.AttributeName: ttl → ttl-other",
            ("Kept", "Properties", "TimeToLiveSpecification", "AttributeName"),
            "ttl-other",
        ),
    ],
)
def test_a_property_changes(tmp_path: Path, name: str, path: tuple[Any, ...], expected: object) -> None:
    found = _with(tmp_path, _planted(tmp_path, TEMPLATE)[name])["Resources"]
    for each in path:
        found = found[each]
    assert found == expected


def test_a_role_is_given_what_others_have_one_at_a_time(tmp_path: Path) -> None:
    planted = _planted(tmp_path, TEMPLATE)
    stray = planted["Writer add grant get on Kept.Arn"]
    (_, added) = _with(tmp_path, stray)["Resources"]["Writer"]["Properties"]["Policies"]
    assert added["Statement"] == {"Effect": "Allow", "Action": "get", "Resource": {"GetAtt": "Kept.Arn"}}
    assert (stray.room, stray.severity) == ("iam", "access")


def test_a_transition_leads_elsewhere_and_an_end_ends_otherwise(tmp_path: Path) -> None:
    planted = _planted(tmp_path, WORKFLOW, workflow=True)
    assert "w.Second change: Next: Last → First" in planted
    assert "w.First drop: Retry" in planted
    assert _with(tmp_path, planted["w.Last change: Type: Fail → Succeed"])["States"]["Last"] == {"Type": "Succeed"}


@pytest.mark.thorough
def test_every_fault_of_the_real_files_changes_what_they_say() -> None:
    files = {"template.yaml": False, "functions/gdpr/erasure.asl.yaml": True}
    for file, workflow in files.items():
        says = yaml.load((ROOT / file).read_text(), _Loader)
        for mutant in yaml_files.mutants_of(ROOT, file, workflow=workflow)[::200]:
            assert _with(ROOT, mutant) != says, mutant.mutation
