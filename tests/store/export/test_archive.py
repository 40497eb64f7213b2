"""The ZIP that is written as a stream, and the file of a bucket that it goes into."""

from __future__ import annotations

import hashlib
import io
import os
import tracemalloc
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from mypy_boto3_s3 import S3Client

from customers.domain.export import Line, Part
from customers.store.aws.objects import Objects
from customers.store.aws.uploads import PART
from customers.store.export.archive import write_archive
from tests.support.exports import Kit, unpacked

pytestmark = pytest.mark.slow

NOW = datetime(2026, 6, 5, 9, 10, 31, tzinfo=UTC)
BUCKET = "exports-bucket"


def told(parts: Sequence[Part]) -> Mapping[str, Any]:
    return {
        "parts": [
            {"file": part.file, "count": part.count, "size_bytes": part.size_bytes, "sha256": part.sha256}
            for part in parts
        ]
    }


def written(*files: tuple[str, Sequence[Line]]) -> bytes:
    stream = io.BytesIO()
    write_archive(stream, files, told, NOW)
    return stream.getvalue()


def test_a_file_for_each_kind_also_where_there_is_nothing() -> None:
    lines: list[Line] = [{"name": "ليلى 🥛"}, {"n": 1, "none": None}]
    found = unpacked(written(("some.jsonl", lines), ("none.jsonl", [])))
    assert found.files == {"some": lines, "none": []}
    assert [part["count"] for part in found.manifest["parts"]] == [2, 0]


def test_what_people_write_makes_no_second_line() -> None:
    odd = {"note": "".join(map(chr, range(0x20))) + "\x85\u2028\u2029\u202e", "": -0.0}
    assert unpacked(written(("some.jsonl", [odd]))).files["some"] == [odd]


class Drain:
    """Takes everything and keeps nothing."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, data: bytes, /) -> int:
        self.size += len(data)
        return len(data)

    def flush(self) -> None: ...

    def close(self) -> None: ...


def _peak(lines: int) -> int:
    """Bytes in use at most while so many lines are written."""

    def each() -> Iterator[Line]:
        for number in range(lines):
            yield {"id": f"till-7-{number:09}", "type": "purchase.completed", "detail": {"amount_minor": number}}

    tracemalloc.start()
    write_archive(Drain(), [("ledger.jsonl", each())], told, NOW)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def test_nothing_of_it_is_held_whatever_its_length() -> None:
    _peak(10)
    assert _peak(20_000) < _peak(1_000) + 100_000


# ------------------------------------------------------------------------------------------ the bucket


@pytest.fixture
def objects(bucket: S3Client) -> Objects:
    return Kit().objects


@pytest.fixture
def key() -> str:
    return f"{uuid.uuid4()}/usr_1/exp_1.zip"


@pytest.mark.parametrize("size", [0, 1, PART - 1, PART, PART + 1, 2 * PART + 77])
def test_what_goes_in_by_parts_comes_out_whole(bucket: S3Client, objects: Objects, key: str, size: int) -> None:
    content = os.urandom(size)
    with objects.writing(key) as upload:
        for start in range(0, size, 1_000_003):
            upload.write(content[start : start + 1_000_003])
    stored = bucket.get_object(Bucket=BUCKET, Key=key)
    assert stored["Body"].read() == content
    assert stored["ContentType"] == "application/zip"
    assert (upload.size_bytes, upload.sha256) == (size, hashlib.sha256(content).hexdigest())


def test_what_is_broken_off_never_appears(bucket: S3Client, objects: Objects, key: str) -> None:
    def write() -> None:
        with objects.writing(key) as upload:
            upload.write(os.urandom(PART + 1))
            raise KeyError

    with pytest.raises(KeyError):
        write()
    assert bucket.list_objects_v2(Bucket=BUCKET, Prefix=key)["KeyCount"] == 0
    assert not bucket.list_multipart_uploads(Bucket=BUCKET).get("Uploads")


def test_a_file_does_not_appear_before_it_is_whole(bucket: S3Client, objects: Objects, key: str) -> None:
    with objects.writing(key) as upload:
        upload.write(os.urandom(PART + 1))
        assert bucket.list_objects_v2(Bucket=BUCKET, Prefix=key)["KeyCount"] == 0
    assert bucket.list_objects_v2(Bucket=BUCKET, Prefix=key)["KeyCount"] == 1


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-central-1", "https://exports.s3.eu-central-1.amazonaws.com/acme/usr_1/exp_1.zip?"),
        ("me-central-1", "https://exports.s3.me-central-1.amazonaws.com/acme/usr_1/exp_1.zip?"),
    ],
)
def test_a_link_names_the_bucket_in_its_own_region(monkeypatch: pytest.MonkeyPatch, region: str, host: str) -> None:
    """A link to the service as such is redirected in most regions, and then refused."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    monkeypatch.setenv("EXPORTS_BUCKET", "exports")
    link = Objects.connect().link("acme/usr_1/exp_1.zip")
    assert link.startswith(host)
    assert "X-Amz-Expires=900" in link
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in link
