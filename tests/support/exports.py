"""Exports in memory: the bucket, the workflow, and what a file holds."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from dataclasses import dataclass
from typing import Any

import boto3
import yaml
from mypy_boto3_s3 import S3Client

from tests.support.tables import ROOT, template

REGION = "us-east-1"
MANIFEST = "manifest.json"


def create_exports() -> S3Client:
    """What the doors' environment names, as the template has it. Call inside `mock_aws`."""
    client = boto3.client("s3", region_name=REGION)
    client.create_bucket(Bucket=os.environ["EXPORTS_BUCKET"])
    workflow = template()["Resources"]["ExportWorkflow"]["Properties"]
    created = boto3.client("stepfunctions", region_name=REGION).create_state_machine(
        name="ExportWorkflow",
        definition=json.dumps(yaml.safe_load((ROOT / workflow["DefinitionUri"]).read_text())),
        roleArn="arn:aws:iam::123456789012:role/ExportWorkflow",
    )
    assert created["stateMachineArn"] == os.environ["EXPORT_WORKFLOW"]
    return client


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
