"""Exports in memory: the bucket, the workflow, and what a file holds."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, ClassVar

import boto3
import yaml
from mypy_boto3_dynamodb import DynamoDBClient
from mypy_boto3_s3 import S3Client
from mypy_boto3_stepfunctions import SFNClient

from customers.domain.export import Export
from customers.store.aws.objects import Objects
from customers.store.aws.workflow import Workflow
from customers.store.customers.customers_by_id import CustomersById
from customers.store.export.export_builder import ExportBuilder
from customers.store.export.export_service import ExportService
from customers.store.export.export_source import ExportSource
from customers.store.export.exports import Exports, object_key
from customers.wire.export.exported import files_of, manifest_of
from tests.support.books import CUSTOMERS, RECORDS
from tests.support.dynamodb import quicker_botocore
from tests.support.tables import ROOT, dynamodb, template

REGION = "us-east-1"
MANIFEST = "manifest.json"


def create_bucket() -> None:
    """Create the bucket of exports. Call inside `mock_aws`."""
    quicker_botocore.client("s3").create_bucket(Bucket=os.environ["EXPORTS_BUCKET"])


def create_exports() -> S3Client:
    """The bucket of exports, which lies beside the tables, and their workflow, made from the template."""
    assert create_workflow("ExportWorkflow") == os.environ["EXPORT_WORKFLOW"]
    return boto3.client("s3", region_name=REGION)


def create_workflow(name: str) -> str:
    """A state machine of the template, and its ARN. Call inside `mock_aws`."""
    workflow = template()["Resources"][name]["Properties"]
    client: SFNClient = quicker_botocore.client("stepfunctions")
    created = client.create_state_machine(
        name=name,
        definition=json.dumps(yaml.load((ROOT / workflow["DefinitionUri"]).read_text(), yaml.CSafeLoader)),
        roleArn=f"arn:aws:iam::123456789012:role/{name}",
    )
    return created["stateMachineArn"]


@dataclass(frozen=True)
class Unpacked:
    """What was downloaded."""

    manifest: dict[str, Any]
    files: dict[str, list[dict[str, Any]]]
    """The lines of each file, by its name without its ending."""


def unpacked(downloaded: bytes) -> Unpacked:
    """What a ZIP holds, when it holds what its manifest says, to the byte."""
    with zipfile.ZipFile(io.BytesIO(downloaded)) as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read(MANIFEST))
        assert archive.namelist() == [*(part["file"] for part in manifest["parts"]), MANIFEST]
        files = {}
        for part in manifest["parts"]:
            content = archive.read(part["file"])
            lines = content.decode().splitlines()
            told = {"count": len(lines), "size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            assert {**told, "file": part["file"]} == part
            assert content.endswith(b"\n") or not content
            files[part["file"].removesuffix(".jsonl")] = [json.loads(line) for line in lines]
    return Unpacked(manifest, files)


@cache
def _clients(_whose: str) -> tuple[DynamoDBClient, S3Client, SFNClient]:
    """To make one takes as long as a hundred calls in memory."""
    return dynamodb(), boto3.client("s3", region_name=REGION), boto3.client("stepfunctions", region_name=REGION)


class Kit:
    """What makes exports. One is watched at a time, and has clients of its own."""

    _unwatch: ClassVar[list[Callable[[], None]]] = []

    def __init__(self, moment: str | None = None, act: Callable[[str], None] | None = None) -> None:
        """`act` is called with an operation's name at each `moment`, as botocore names them."""
        self.dynamodb, self.s3, self.workflows = _clients("watched" if act else "plain")
        if moment and act:
            while self._unwatch:
                self._unwatch.pop()()
            self._watch(moment, act)
        self.customers_by_id = CustomersById(self.dynamodb, CUSTOMERS, RECORDS)
        self.holdings = ExportSource(self.dynamodb, RECORDS)
        self.exports = Exports(self.dynamodb, RECORDS)
        self.objects = Objects(self.s3, os.environ["EXPORTS_BUCKET"])
        self.maker = ExportBuilder(
            self.customers_by_id, self.holdings, self.exports, self.objects, files=files_of, manifest=manifest_of
        )
        workflow = Workflow(self.workflows, os.environ["EXPORT_WORKFLOW"])
        self.exporting = ExportService(self.customers_by_id, self.exports, self.maker, workflow)

    def _watch(self, moment: str, act: Callable[[str], None]) -> None:
        def note(model: Any, **_: Any) -> None:
            act(model.name)

        for client in (self.dynamodb, self.s3, self.workflows):
            client.meta.events.register_first(moment, note)
            self._unwatch.append(partial(client.meta.events.unregister, moment, note))

    def keys(self, enterprise: str) -> list[str]:
        """Of all files of an enterprise."""
        listed = self.s3.list_objects_v2(Bucket=os.environ["EXPORTS_BUCKET"], Prefix=f"{enterprise}/")
        return [each["Key"] for each in listed.get("Contents", [])]

    def unpack(self, enterprise: str, customer_id: str, export: Export) -> Unpacked:
        """What a finished export holds, when its file is what is noted of it."""
        key = object_key(enterprise, customer_id, export.id)
        content = self.s3.get_object(Bucket=os.environ["EXPORTS_BUCKET"], Key=key)["Body"].read()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (export.size_bytes, export.sha256)
        return unpacked(content)

    def given(self, enterprise: str) -> list[dict[str, str]]:
        """What the workflow has been started with for an enterprise."""
        executions = self.workflows.list_executions(stateMachineArn=os.environ["EXPORT_WORKFLOW"])["executions"]
        told = [
            json.loads(self.workflows.describe_execution(executionArn=each["executionArn"])["input"])
            for each in executions
        ]
        return [each for each in told if each["enterprise"] == enterprise]
