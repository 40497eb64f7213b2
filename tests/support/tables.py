"""Tables in memory, made from the template, so that a test never has a table that production has not."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml
from mypy_boto3_dynamodb import DynamoDBClient

from tests.support.dynamodb.in_memory_client import InMemory

ROOT = Path(__file__).parents[2]


class _Loader(yaml.CSafeLoader):
    """Reads CloudFormation's short forms as `{tag: value}`. In C: in Python it takes a second, in each process."""


def _intrinsic(loader: _Loader, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return {suffix: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {suffix: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {suffix: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _intrinsic)


@cache
def template() -> dict[str, Any]:
    """The template as it is written, intrinsics as `{tag: value}`."""
    loaded: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_bytes(), _Loader)
    return loaded


def create_tables(client: DynamoDBClient) -> None:
    """Every table of the template, under its logical id."""
    wanted = ("AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes", "LocalSecondaryIndexes")
    for name, resource in template()["Resources"].items():
        if resource["Type"] == "AWS::DynamoDB::Table":
            properties: dict[str, Any] = {
                key: resource["Properties"][key] for key in wanted if key in resource["Properties"]
            }
            client.create_table(TableName=name, **properties)


def dynamodb() -> DynamoDBClient:
    """A client for the tables in memory; call inside `mock_aws`."""
    return cast("DynamoDBClient", InMemory())
