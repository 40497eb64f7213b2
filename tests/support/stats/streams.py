"""Records of a table's stream, as Lambda hands them over: binary as base64, keys always, images where there are any."""

from __future__ import annotations

import base64
import itertools
from typing import Any

Row = dict[str, Any]
_numbers = itertools.count(1)


def record(table: str, old: Row | None, new: Row | None) -> dict[str, Any]:
    """What the stream tells of one write to a row."""
    row = new or old
    assert row
    images = {"OldImage": old, "NewImage": new}
    return {
        "eventID": f"event-{next(_numbers)}",
        "eventName": "MODIFY" if old and new else "INSERT" if new else "REMOVE",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "eventSourceARN": f"arn:aws:dynamodb:us-east-1:123456789012:table/{table}/stream/2026-11-01T00:00:00.000",
        "dynamodb": {
            "ApproximateCreationDateTime": 1793520000.0,
            "Keys": {name: row[name] for name in ("pk", "sk") if name in row},
            "SequenceNumber": str(next(_numbers)),
            "SizeBytes": 100,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
            **{name: _shown(image) for name, image in images.items() if image},
        },
    }


def _shown(row: Row) -> Row:
    return {
        name: {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value for name, value in row.items()
    }
