"""Operations by capability."""

from __future__ import annotations

from typing import Any

from customers.catalogue.operation import Operation

TAGS = {
    "Reads": "What a till waits for, and what the office searches and sums up.",
    "Sessions": "A checkout whose customer is known for as long as it lasts.",
    "Events": "Non-purchase events that tills record, and facts that could not be applied.",
    "Identity": "Correcting, verifying and merging customers.",
    "Data subject rights": "Export, erasure, and who did what.",
    "This API": "What an environment offers, and the document that you read.",
}
_FOLDERS = {
    "lookup": "Reads",
    "sessions": "Sessions",
    "events": "Events",
    "identity": "Identity",
    "gdpr": "Data subject rights",
    "front": "This API",
}


def tag_of(operation: Operation[Any]) -> str:
    """By the folder of its function."""
    return _FOLDERS[(operation.handler or "front").split(".")[0]]
