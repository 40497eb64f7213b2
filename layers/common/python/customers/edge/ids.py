"""The ids that this system gives to what tills tell of: nobody can guess one."""

from __future__ import annotations

import uuid


def event_id() -> str:
    return f"evt_{uuid.uuid4().hex}"


def session_id() -> str:
    return f"ses_{uuid.uuid4().hex}"
