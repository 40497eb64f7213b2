"""What is deployed, compared with the stack's template: the gateway, functions, queues, alarms, tables, permissions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from admin.smoke import gateway, permissions, running, stored, watched
from admin.smoke.caller import Check
from admin.smoke.expected import Expected
from admin.stack.location import Stack

NAMED: dict[str, Callable[[Stack, Expected], None]] = {
    "one stage: v1": gateway.stages,
    "the stage's limits": gateway.limits,
    "every refusal of the gateway is ours": gateway.responses,
    "every route asks for a token, or is for everybody": gateway.routes,
    "every function has its environment and its time": running.functions,
    "every queue and stream is consumed": running.consumers,
    "every rule is enabled, and has its targets": running.rules,
    "every queue waits and gives up as it must": running.queues,
    "nothing is in a dead-letter queue": running.dead_letters,
    "every alarm is there, and watches its metric": watched.alarms,
    "no alarm rings": watched.ringing,
    "every table recovers, and expires what must expire": stored.tables,
    "the bucket of exports is closed to the public, and forgets": stored.bucket,
    "every role has its permissions, and no others": permissions.roles,
    "roles are denied what they must not do": permissions.denied,
}
"""Each check, and what must hold."""


def checks(stack: Stack) -> list[Check]:
    """None of them changes anything."""
    expected = Once(partial(Expected.of, stack))
    return [(name, partial(_carry_out, check, stack, expected)) for name, check in NAMED.items()]


class Once:
    """The template is read with the first check, so that a fault of reading it is a check's outcome."""

    def __init__(self, read: Callable[[], Any]) -> None:
        self._read, self._value = read, None

    def __call__(self) -> Any:
        if self._value is None:
            self._value = self._read()
        return self._value


def _carry_out(check: Callable[[Stack, Expected], None], stack: Stack, expected: Once) -> None:
    check(stack, expected())
