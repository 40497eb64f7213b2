"""What is stored: tables that recover, expire and cannot be deleted by mistake, and the bucket of exports."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from admin.smoke.caller import Failed
from admin.smoke.expected import Expected
from admin.stack.location import Stack


def tables(stack: Stack, expected: Expected) -> None:
    client = stack.client("dynamodb")
    wrong = [
        f"{name} {each}"
        for name, resource in expected.all("AWS::DynamoDB::Table")
        for each in _of_table(client, resource.id, resource.properties)
    ]
    if wrong:
        raise Failed("; ".join(wrong))


def _of_table(client: Any, table: str, must: Mapping[str, Any]) -> Iterator[str]:
    if must.get("TimeToLiveSpecification", {}).get("Enabled"):
        about = client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        if about["TimeToLiveStatus"] not in ("ENABLED", "ENABLING"):
            yield "expires nothing"
    if must.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"):
        about = client.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
        if about["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] != "ENABLED":
            yield "has no recovery to a point in time"
    about = client.describe_table(TableName=table)["Table"]
    if str(must.get("DeletionProtectionEnabled", False)).lower() == "true" and not about.get(
        "DeletionProtectionEnabled"
    ):
        yield "is not protected from deletion"
    if must.get("StreamSpecification") and not about.get("StreamSpecification", {}).get("StreamEnabled"):
        yield "has no stream"


def bucket(stack: Stack, expected: Expected) -> None:
    client, resource = stack.client("s3"), expected["ExportsBucket"]
    about = client.get_public_access_block(Bucket=resource.id)["PublicAccessBlockConfiguration"]
    if about != resource.properties["PublicAccessBlockConfiguration"]:
        raise Failed("the public is not kept out")
    rules = client.get_bucket_lifecycle_configuration(Bucket=resource.id)["Rules"]
    days = [each["Expiration"]["Days"] for each in rules if each["Status"] == "Enabled"]
    if days != [each["ExpirationInDays"] for each in resource.properties["LifecycleConfiguration"]["Rules"]]:
        raise Failed(f"files expire after {days} days")
    every = [each.properties for _, each in expected.all("AWS::S3::BucketPolicy")]
    policies = [each["PolicyDocument"] for each in every if each["Bucket"] == resource.id]
    must = [_statement(each) for policy in policies for each in policy["Statement"]]
    if (has := [_statement(each) for each in _policy(client, resource.id)]) != must:
        raise Failed(f"its policy is {has or 'nothing'}, not {must or 'nothing'}")


def _policy(client: Any, name: str) -> list[Any]:
    try:
        statements: list[Any] = json.loads(client.get_bucket_policy(Bucket=name)["Policy"])["Statement"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucketPolicy":
            raise
        return []
    return statements


def _statement(each: Mapping[str, Any]) -> str:
    return f"{each['Effect']} {each['Action']}"
