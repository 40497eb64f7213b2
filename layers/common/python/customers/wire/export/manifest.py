"""The manifest of an export. Plain types: their page is made from them."""

from __future__ import annotations

from customers.wire.http.schema import Instant, TypedDict

SCHEMA_VERSION = 1
"""Raise it when a field is removed or changes its meaning. A new field does not raise it."""


class ManifestPart(TypedDict):
    file: str
    """The file's name in the ZIP."""
    count: int
    """The number of lines; 0 when there is no such data."""
    size_bytes: int
    """The size of the unpacked file."""
    sha256: str
    """The SHA-256 of the unpacked file, in hexadecimal."""


class Manifest(TypedDict):
    """What the export contains, about whom, and as of when."""

    schema_version: int
    """The version of the files' shapes. Within a version we may add fields, but never change or remove one."""
    export_id: str
    """A new id for each export that is built."""
    enterprise_id: str
    """The enterprise that the customer belongs to."""
    customer_id: str
    """The customer that the data is about."""
    created_at: Instant
    """When we began to read the data. The export holds everything stored by then."""
    changed_meanwhile: bool
    """True if the customer changed while we read the data. A figure may then include a fact that the ledger lacks, or
    the reverse. The next export has it in both."""
    parts: list[ManifestPart]
    """The files, in the order in which they are in the ZIP."""
