"""The progress of a load, as the local stack itself remembers it.

A killed local stack resumes with its state of some seconds before. A tag on its fact queue is part of that state. So
the tag is right about what the stack has, even where the file beside the facts is not. A real stack loses nothing and
gets no tags.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from admin.facts.progress import Progress

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


def write(sqs: SQSClient, queue: str, progress: Progress) -> None:
    """Called after the facts have been sent."""
    counted = (progress.offset, progress.line, progress.sent, progress.refused, progress.refused_bytes, progress.done)
    sqs.tag_queue(QueueUrl=queue, Tags={_tag(progress): " ".join(str(int(each)) for each in counted)})


def held(sqs: SQSClient, queue: str, progress: Progress) -> Progress:
    """The part of this progress that the stack has."""
    marked = sqs.list_queue_tags(QueueUrl=queue).get("Tags", {}).get(_tag(progress), "0 0 0 0 0 0")
    offset, line, sent, refused, refused_bytes, done = (int(each) for each in marked.split())
    if offset > progress.offset or (offset == progress.offset and done >= progress.done):
        return progress
    return replace(
        progress, offset=offset, line=line, sent=sent, refused=refused, refused_bytes=refused_bytes, done=bool(done)
    )


def _tag(progress: Progress) -> str:
    """The tag's name, which identifies the file."""
    return f"load-{progress.size}-{progress.beginning[:32]}"
