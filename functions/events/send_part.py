"""The task of the load workflow: sends one part of a file of facts into the queue of bulk facts."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from customers.edge.messaging.workflow_task import step
from customers.store.aws.load_parts import LoadParts


def send(given: Mapping[str, str], _now: datetime, parts: LoadParts) -> str:
    return parts.send(given["key"])


handler = step("send_part", partial(send, parts=LoadParts.connect()))
