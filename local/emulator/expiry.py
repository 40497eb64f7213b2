"""Rows whose time is over are deleted, as the emulator does once a minute: without unpacking all others.

It has a thread for that, which looks at each row of each table that has such a time. To look at millions takes seconds,
in which the others get less done. So a look is followed by a pause that is many times as long.
"""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

from ministack.services import dynamodb  # type: ignore[import-not-found]

EVERY = 60.0
"""The least seconds between two looks."""
RESTS = 19
"""The pause after a look, as a multiple of its duration."""


def install() -> None:
    """The emulator's own thread calls `sleep` after each look. After its first one, it goes on here."""
    dynamodb.time = SimpleNamespace(**{**vars(time), "sleep": _sleep})


def _sleep(seconds: float) -> None:
    if seconds != EVERY:
        time.sleep(seconds)
        return
    took = 0.0
    while True:
        time.sleep(max(EVERY, RESTS * took))
        began = time.monotonic()
        try:
            _delete_expired(time.time())
        except Exception:  # noqa: BLE001 - as the emulator's own loop
            dynamodb.logger.exception("rows could not be looked at")
        took = time.monotonic() - began


def _delete_expired(now: float) -> None:
    for (account, region, name), setting in dynamodb._ttl_settings.all_items():
        table, attribute = dynamodb._tables.get_scoped(account, region, name), setting.get("AttributeName")
        if table and attribute and setting.get("TimeToLiveStatus") == "ENABLED":
            for pk in list(table["items"]):
                with dynamodb._lock:
                    for sk, row in table["items"][pk].that_may_have(attribute) if pk in table["items"] else ():
                        if _is_over(row.get(attribute), now):
                            dynamodb._remove_item(table, pk, sk)


def _is_over(value: Any, now: float) -> bool:
    try:
        return value is not None and float(dynamodb._extract_key_val(value)) <= now
    except (ValueError, TypeError):
        return False
