"""Every id that this system draws: a prefix that says what it is of, and 32 random hexadecimal digits.

The domain draws nothing at random, so ids come to it as arguments. This module stands beside the layers, so that the
store, the edge and the handlers may all import it.
"""

from __future__ import annotations

import uuid


def random_id() -> str:
    """32 hexadecimal digits that nobody can guess."""
    return uuid.uuid4().hex


def new_customer_id() -> str:
    return f"usr_{random_id()}"


def new_event_id() -> str:
    return f"evt_{random_id()}"


def new_session_id() -> str:
    return f"ses_{random_id()}"


def new_correction_id() -> str:
    return f"cor_{random_id()}"


def new_merge_id() -> str:
    return f"mrg_{random_id()}"


def new_unmerge_id() -> str:
    return f"umg_{random_id()}"


def new_verification_id() -> str:
    return f"ver_{random_id()}"


def new_erasure_id() -> str:
    return f"era_{random_id()}"


def new_export_id() -> str:
    return f"exp_{random_id()}"


def new_job_id() -> str:
    return f"job_{random_id()}"
