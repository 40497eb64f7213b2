"""Try a deployed stack out, in an enterprise of its own: what it does, what it refuses, and what is deployed."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator

from botocore.exceptions import BotoCoreError, ClientError

from admin.smoke import deployed, refusals
from admin.smoke.caller import Caller, Failed
from admin.smoke.deployed import Elsewhere
from admin.smoke.life import Life
from admin.smoke.refusals import Check
from admin.stack.location import Stack
from admin.stack.refusal import Refusal


def options(_parser: argparse.ArgumentParser) -> None:
    """The tokens are in SMOKE_TILL and SMOKE_ADMIN: a process list shows arguments."""


def run(stack: Stack, _chosen: argparse.Namespace) -> int:
    """0 if everything is as it must be, else 1."""
    try:
        till, admin = os.environ["SMOKE_TILL"], os.environ["SMOKE_ADMIN"]
    except KeyError as error:
        raise Refusal(f"{error} is not set: docs/runbook.md says which tokens it takes") from None
    caller, began = Caller(stack.api, till, admin), time.monotonic()
    life = Life(stack, caller)
    failed = 0
    for name, check in _every(stack, caller, life):
        verdict, seen, seconds = _carried_out(check)
        failed += verdict == "FAILED"
        print(f"{verdict:6}  {seconds:5.1f} s  {name}" + (f": {seen}" if seen else ""), flush=True)
    _carried_out(life.clean_up)
    print(
        f"{failed} failed, in {time.monotonic() - began:.0f} s"
        if failed
        else f"All good, in {time.monotonic() - began:.0f} s"
    )
    return 1 if failed else 0


def _every(stack: Stack, caller: Caller, life: Life) -> Iterator[Check]:
    yield "capabilities", lambda: _capabilities(caller)
    yield from refusals.checks(caller)
    yield from life.checks()
    yield from refusals.later(caller)
    yield from deployed.checks(stack)


def _capabilities(caller: Caller) -> None:
    reply = caller.send("GET", "/capabilities", None)
    if reply.status != 200 or not reply.data["operations"]:
        raise Failed(f"{reply.status} {reply.code}")


def _carried_out(check: Callable[[], None]) -> tuple[str, str, float]:
    """Its verdict, what was seen, and the seconds that it took."""
    began = time.monotonic()
    verdict, seen = "ok", ""
    try:
        check()
    except Elsewhere as error:
        verdict, seen = "absent", str(error)
    except (Failed, Refusal) as error:
        verdict, seen = "FAILED", str(error)
    except (ClientError, BotoCoreError) as error:
        verdict, seen = "FAILED", f"AWS: {error}"
    # An answer of another shape is a difference too. Its text may quote the answer.
    except (KeyError, TypeError, ValueError) as error:
        verdict, seen = "FAILED", f"an answer of another shape: {type(error).__name__}"
    return verdict, seen, time.monotonic() - began
