"""Publish all committed events that still wait in an outbox, for example after the stream has dropped them."""

from __future__ import annotations

import argparse

from tqdm import tqdm

from admin.stack import queues
from admin.stack.location import Stack
from admin.stack.store import outbox_of
from customers.store.aws.messages import message_of


def options(_parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(stack: Stack, _chosen: argparse.Namespace) -> int:
    """Always 0. The bus takes our events from the publisher's role only, so the publisher is told of each outbox."""
    sqs, told = stack.client("sqs"), 0
    customers = tqdm(outbox_of(stack).customers(), desc="Telling", unit=" customers")
    for batch in queues.batches(map(message_of, customers), str):
        queues.send(sqs, stack.queues["outbox"], batch)
        told += len(batch)
    print(f"{told:,} outboxes are being emptied")
    return 0
