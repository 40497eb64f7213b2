"""The tables, compared with what functions write to them and read from their indexes, and what outlives the stack."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support.template.deployed import properties, resources
from tests.support.template.observed import observed

pytestmark = pytest.mark.slow

TABLES = properties("AWS::DynamoDB::Table")
INDEXES = {
    (name, index["IndexName"]): index
    for name, table in TABLES.items()
    for index in table.get("GlobalSecondaryIndexes", []) + table.get("LocalSecondaryIndexes", [])
}
OUTLIVES = {"ErasuresTable", "ReceiptsKey", "ActivityTable", "PseudonymKey"}
"""What proves that somebody was erased, and erases them again after a restore; who did what; whom a pseudonym names."""


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_encrypted_recoverable_paid_by_use_and_protected_from_deletion(name: str) -> None:
    table = TABLES[name]
    assert table["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    # A first deploy that fails could not be rolled back. The second one protects what is there.
    protected = {
        parameters: properties("AWS::DynamoDB::Table", **dict(parameters))[name]["DeletionProtectionEnabled"]
        for parameters in [(), (("Protect", "true"),), (("Protect", "true"), ("IsLocal", "true"))]
    }
    assert [*protected.values()] == [False, True, False]


@pytest.mark.parametrize("name", TABLES)
def test_rows_that_say_when_they_expire_do(name: str) -> None:
    """And no others: what is named so elsewhere would be gone."""
    expiring = {"TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True}}
    has = {key: value for key, value in TABLES[name].items() if key == "TimeToLiveSpecification"}
    assert has == (expiring if "ttl" in observed().written[name] else {})


def test_every_index_is_read_and_every_one_that_is_read_is_there() -> None:
    assert set(observed().read) == set(INDEXES)


@pytest.mark.parametrize("index", INDEXES, ids="/".join)
def test_an_index_holds_what_is_read_from_it_and_no_more(index: tuple[str, str]) -> None:
    described, asked = INDEXES[index], observed().read[index]
    own = {each["AttributeName"] for each in described["KeySchema"] + TABLES[index[0]]["KeySchema"]}
    wanted = [_wanted(query) for query in asked]
    more = sorted({name for each in wanted for name in each or ()} - own)
    if None in wanted:
        assert described["Projection"] == {"ProjectionType": "ALL"}
    elif more:
        assert described["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": more}
    else:
        assert described["Projection"] == {"ProjectionType": "KEYS_ONLY"}


def _wanted(query: dict[str, Any]) -> set[str] | Any:
    """The attributes that a query asks for; None where it asks for all."""
    if query.get("Select") == "COUNT":
        return set()
    named, aliases = query.get("ProjectionExpression"), query.get("ExpressionAttributeNames", {})
    return {aliases.get(name, name) for name in re.split(r",\s*", named)} if named else None


@pytest.mark.parametrize("index", INDEXES, ids="/".join)
def test_an_index_begins_with_what_it_is_asked_by(index: tuple[str, str]) -> None:
    (key,) = {query["KeyConditionExpression"].split(" ")[0] for query in observed().read[index]}
    assert INDEXES[index]["KeySchema"][0] == {"AttributeName": key, "KeyType": "HASH"}
    strongly = any(query.get("ConsistentRead") for query in observed().read[index])
    # Only the index of a table's own partitions can be read so.
    local = TABLES[index[0]].get("LocalSecondaryIndexes", [])
    assert strongly == (INDEXES[index] in local)


@pytest.mark.parametrize("name", TABLES)
def test_every_key_is_an_attribute_that_is_written_as_text(name: str) -> None:
    table = TABLES[name]
    schemas = [table, *(index for (of, _), index in INDEXES.items() if of == name)]
    keys = {key["AttributeName"] for schema in schemas for key in schema["KeySchema"]}
    assert {each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]} == dict.fromkeys(
        keys, "S"
    )
    for schema in schemas:
        assert [key["KeyType"] for key in schema["KeySchema"]] == ["HASH", "RANGE"][: len(schema["KeySchema"])]
    assert keys <= observed().written[name]


def test_what_proves_an_erasure_outlives_the_stack_and_nothing_else_does() -> None:
    kept = {
        name: (each.get("DeletionPolicy"), each.get("UpdateReplacePolicy"))
        for name, each in resources().items()
        if {"DeletionPolicy", "UpdateReplacePolicy"} & set(each)
    }
    # SAM says of its own layer what the template says of it.
    layer = {name for name, each in resources().items() if each["Type"] == "AWS::Lambda::LayerVersion"}
    assert {name: kept[name] for name in kept if name not in layer} == dict.fromkeys(
        # Unless the deploy that makes them fails: it takes them back, so that the next one can make them.
        OUTLIVES,
        ("RetainExceptOnCreate", "Retain"),
    )


def test_a_copy_in_another_region_is_made_where_an_operator_names_one() -> None:
    """Of what cannot be made again. Sessions, idempotency records and links live for hours."""
    assert not {each["Type"] for each in resources().values() if "Backup" in each["Type"]}
    vault = "arn:aws:backup:eu-west-1:123456789012:backup-vault:customers"
    named = resources(BackupVault=vault)
    (rule,) = named["HourlyPlan"]["Properties"]["BackupPlan"]["BackupPlanRule"]
    # An erased person is in a copy for as long as it is kept.
    kept = {"Lifecycle": {"DeleteAfterDays": 2}}
    assert rule == {
        "RuleName": "hourly",
        "TargetBackupVault": "HourlyVault",
        "ScheduleExpression": "cron(0 * * * ? *)",
        # The next one begins an hour later, and may while this one lasts.
        "StartWindowMinutes": 60,
        "CompletionWindowMinutes": 240,
        **kept,
        "CopyActions": [{"DestinationBackupVaultArn": vault, **kept}],
    }
    # Two stacks of an account have a vault and a plan each.
    names = (named["HourlyVault"]["Properties"], named["HourlyPlan"]["Properties"]["BackupPlan"])
    assert [names[0]["BackupVaultName"], names[1]["BackupPlanName"]] == ["AWS::StackName-hourly"] * 2
    short_lived = {"SessionsTable", "ReceiptsTable", "VerificationsTable"}
    copied = {each.removesuffix(".Arn") for each in named["HourlyTables"]["Properties"]["BackupSelection"]["Resources"]}
    assert copied == set(TABLES) - short_lived
    selection, role = named["HourlyTables"]["Properties"]["BackupSelection"], named["HourlyRole"]["Properties"]
    assert (selection["IamRoleArn"], selection["SelectionName"]) == ("HourlyRole.Arn", "tables")
    assert named["HourlyTables"]["Properties"]["BackupPlanId"] == "HourlyPlan"
    assert role["AssumeRolePolicyDocument"]["Statement"] == [
        {"Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]
    assert role["ManagedPolicyArns"] == [
        "arn:AWS::Partition:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"
    ]
    assert "HourlyPlan" not in resources(BackupVault=vault, IsLocal="true")
