"""The manifest of an export. Plain types: their page is made from them."""

from __future__ import annotations

from customers.wire.http.schema import Instant, TypedDict

SCHEMA_VERSION = 1
"""Rises when a field goes or changes its meaning; fields may be added without."""


class ManifestPart(TypedDict):
    file: str
    """Its name in the ZIP."""
    count: int
    """Lines; 0 where nothing of the kind is held."""
    size_bytes: int
    """Of the file as it is unpacked."""
    sha256: str
    """In hexadecimal digits, of the file as it is unpacked."""


class Manifest(TypedDict):
    """What the export holds, whose it is, and as of when."""

    schema_version: int
    """Of the files' shapes. Fields may be added; what is there stays as it is as long as the version does."""
    export_id: str
    """Another for each file that is made."""
    enterprise_id: str
    """Whose customer it is."""
    customer_id: str
    """Whose data it is."""
    created_at: Instant
    """When its reading began: it holds all that had been stored by then."""
    changed_meanwhile: bool
    """Whether the customer changed while it was read: a figure may then hold what the ledger does not, or the other
    way round. The next export has it in both."""
    parts: list[ManifestPart]
    """The files, in their order in the ZIP."""
