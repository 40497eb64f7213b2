"""Export: the query and the answer."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal, NotRequired

from customers.domain.instants import show_instant
from customers.wire.http.schema import Instant, TypedDict

if TYPE_CHECKING:
    from customers.domain.export import Export

ASK_AGAIN = {"Cache-Control": "no-store", "Retry-After": "5"}
"""The headers while an export is prepared."""


class ExportData(TypedDict):
    status: Literal["ready", "preparing"]
    """`preparing` (HTTP 202): the file is not ready yet. Send the same request again later."""
    download_url: NotRequired[str]
    """The address of the ZIP, for a plain GET without a token. Anyone who has the URL can download the file, so do not
    share, store or log it."""
    expires_at: NotRequired[Instant]
    """When `download_url` stops working. Send the request again for a new one."""
    created_at: NotRequired[Instant]
    """The instant that the data dates from."""
    size_bytes: NotRequired[int]
    sha256: NotRequired[str]
    """The SHA-256 of the ZIP, in hexadecimal."""


PREPARING: ExportData = {"status": "preparing"}


def export_data(export: Export, download_url: str, expires_at: datetime) -> ExportData:
    """The answer, once the file is ready."""
    return {
        "status": "ready",
        "download_url": download_url,
        "expires_at": show_instant(expires_at),
        "created_at": show_instant(export.created_at),
        "size_bytes": export.size_bytes,
        "sha256": export.sha256,
    }


EXPORT_EXAMPLE: ExportData = {
    "status": "ready",
    "download_url": "https://exports.s3.me-central-1.amazonaws.com/11111111-1111-1111-1111-111111111111/"
    "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90/exp_7d1f0c4b9a8e4f60b2c35e7f1a9d8c64.zip?X-Amz-Algorithm=AWS4-HMAC-SHA256"
    "&X-Amz-Expires=900&X-Amz-Signature=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "expires_at": "2026-06-05T09:25:00Z",
    "created_at": "2026-06-05T09:10:00Z",
    "size_bytes": 4182,
    "sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
}
