"""A file of facts in S3 is read as one on disk."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import boto3
import pytest

from admin.facts.source import windows
from admin.loads import s3_file
from admin.stack.refusal import Refusal
from tests.admin.conftest import fact

BUCKET, KEY = "moving-in", "chains/acme points.jsonl"
ADDRESS = f"s3://{BUCKET}/{KEY}"


@pytest.fixture
def s3(session: boto3.Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    client = session.client("s3", region_name="us-east-1")
    client.create_bucket(Bucket=BUCKET)
    monkeypatch.chdir(tmp_path)
    return client


def test_windows_are_those_of_the_same_file_on_disk_wherever_they_begin(
    s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "".join(f"{fact(number, note='é' * (number % 7))}\n" for number in range(300))
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=text.encode())
    (tmp_path / "disk").write_text(text)
    monkeypatch.setattr(s3_file, "RANGE", 1000)
    with s3_file.opened(ADDRESS, s3) as (far, kept), (tmp_path / "disk").open("rb") as near:
        found = list(windows(far, 7))
        assert found == list(windows(near, 7))
        assert found[-1].line == 300
    assert kept == Path(".local/loads/moving-in+chains+acme+points.jsonl")


def test_a_file_that_is_replaced_while_it_is_read_is_refused(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"x" * 100)
    monkeypatch.setattr(s3_file, "RANGE", 10)
    with s3_file.opened(ADDRESS, s3) as (file, _):
        assert file.read(10) == b"x" * 10
        s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"y" * 100)
        with pytest.raises(Refusal, match="cannot be read"):
            file.read(50)


def test_a_file_that_is_not_there_is_refused(s3: Any) -> None:
    with pytest.raises(Refusal, match="s3://moving-in/none cannot be read"), s3_file.opened("s3://moving-in/none", s3):
        pass


@pytest.mark.parametrize("text", ["s3://", "s3://bucket", "s3:///key", "s3://B/key"])
def test_an_address_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="s3://bucket/key"):
        s3_file.source(text)


def test_a_file_on_disk_is_opened_as_it_is(tmp_path: Path, s3: Any) -> None:
    (tmp_path / "facts").write_bytes(b"1")
    with s3_file.opened(s3_file.source(str(tmp_path / "facts")), s3) as (file, path):
        assert (file.read(), path) == (b"1", tmp_path / "facts")
