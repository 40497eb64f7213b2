"""Try a deployed stack out, in an enterprise of its own: what it does, what it refuses, and what is deployed."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator

from botocore.exceptions import BotoCoreError, ClientError

from admin.smoke import deployed, refusals, tokens
from admin.smoke.caller import Caller, Check, Elsewhere, Failed
from admin.smoke.ending import Ending
from admin.smoke.life import Life
from admin.stack.location import Stack
from admin.stack.refusal import Refusal


def options(_parser: argparse.ArgumentParser) -> None:
    """Tokens may be in SMOKE_TILL and SMOKE_ADMIN: a process list shows arguments."""


def run(stack: Stack, _chosen: argparse.Namespace) -> int:
    """0 if everything is as it must be, else 1."""
    caller, began = Caller(stack.api, *tokens.of(stack)), time.monotonic()
    life = Life(stack, caller)
    ending = Ending(life)
    failed = 0
    for name, check in every(stack, caller, life, ending):
        verdict, seen, seconds = carried_out(check)
        failed += verdict == "FAILED"
        print(f"{verdict:6}  {seconds:5.1f} s  {name}" + (f": {seen}" if seen else ""), flush=True)
    said = f"{failed} failed" if failed else "All good"
    print(f"{said}, in {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


def every(stack: Stack, caller: Caller, life: Life, ending: Ending) -> Iterator[Check]:
    yield "capabilities", caller.learn
    yield from refusals.checks(caller)
    yield from life.checks()
    yield from refusals.later(caller)
    yield from ending.checks()
    yield "every operation was called", lambda: _left_out(caller)
    yield from deployed.checks(stack)
    yield "its customers are erased, and its till is closed", ending.clean_up


def _left_out(caller: Caller) -> None:
    if left_out := caller.left_out():
        raise Failed(f"not called: {', '.join(left_out)}")


def carried_out(check: Callable[[], None]) -> tuple[str, str, float]:
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
