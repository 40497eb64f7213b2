"""Puts the reserved numbers before an operation: their requests never reach the store."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from customers.catalogue.operation import Operation
from customers.domain.identifiers.phone import Phone
from customers.edge.http.answer import Answer
from customers.edge.http.sandbox.answers import ANSWERS, read_session
from customers.edge.http.sandbox.numbers import BEGINNING, BY_PHONE, SESSION
from customers.edge.http.serve import Call
from customers.wire.http.idempotency import read_key
from customers.wire.http.request import Request

Answering = Callable[[Call[Any], Request], Answer]


def sandboxed(operation: Operation[Any], answer: Answering) -> Answering:
    """The operation's answer, or that of a reserved number."""
    if operation.name == "read_session":
        return lambda call, request: read_session(call) if call.request.session_id == SESSION else answer(call, request)
    if operation.name not in ANSWERS:
        return answer
    return lambda call, request: _made_up(operation, call, request) or answer(call, request)


def _made_up(operation: Operation[Any], call: Call[Any], request: Request) -> Answer | None:
    who = getattr(call.request, "address", None) or getattr(call.request, "phone", None)
    if not isinstance(who, Phone) or not who.e164.startswith(BEGINNING):
        return None
    if operation.writes:
        read_key(request)
    number = BY_PHONE.get(who.e164)
    if number is None:
        return ANSWERS[operation.name](call, None)
    if refusal := number.refuse(call.now, operation.writes):
        raise refusal
    time.sleep(number.after_seconds)
    person = number.person(who, call.settings.currency, call.now) if number.person else None
    return ANSWERS[operation.name](call, person)
