"""Which entry a request leaves in the activity log, and when it is written.

A write's is committed with its effect. Any other request's is written before it is answered: a read, a refusal, a
replay, a write that had nothing to do. A request that cannot be noted is not answered.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from customers.catalogue.operation import Operation
from customers.domain.activity_log import ActivityEntry, Outcome, ids_in
from customers.domain.refusals import Unavailable
from customers.edge.auth.principal import Principal
from customers.edge.http.answer import Answer
from customers.edge.http.problems import problem
from customers.ids import new_activity_id
from customers.wire.http.audit_reason import read_reason
from customers.wire.http.request import Request
from customers.wire.identifiers.paths import ids_in_path

Note = Callable[[str, ActivityEntry], None]
"""`ActivityLog.note`: writes an entry of an enterprise, unless its request has committed it already."""
Act = Callable[[ActivityEntry | None], Answer]


def logging(operation: Operation[Any], note: Note | None) -> Callable[[Request, Principal, datetime, str, Act], Answer]:
    """Answers an admitted request by `act`, and leaves its entry. Raises `ValueError` where there is no log for it."""
    if operation.logged and note is None:
        raise ValueError(f"{operation.name} leaves an entry in the activity log: say where it is written")

    def answered(request: Request, principal: Principal, now: datetime, request_id: str, act: Act) -> Answer:
        if note is None or not operation.logged:
            return act(None)
        entry = _begun(operation, request, principal, now, request_id)
        try:
            entry = replace(entry, reason=read_reason(request))
            answer = act(entry)
        except Exception as error:
            _note_refusal(error, principal.enterprise, entry, note)
            raise
        if not answer.noted:
            note(principal.enterprise, ended(operation, entry, answer))
        return answer

    return answered


def ended(operation: Operation[Any], entry: ActivityEntry, answer: Answer, *, changed: bool = False) -> ActivityEntry:
    """The entry of a request that was answered; `changed` if that is committed with an effect."""
    if answer.job is not None:
        return entry.polling(answer.job)
    outcome: Outcome = "unchanged" if operation.writes and not changed else "done"
    if answer.replayed:
        outcome = "replayed"
    elif answer.status == 202:
        outcome = "pending"
    return entry.ended(outcome, answer.status, {**ids_in(answer.data or {}), **answer.ids})


def _begun(
    operation: Operation[Any], request: Request, principal: Principal, now: datetime, request_id: str
) -> ActivityEntry:
    return ActivityEntry(
        id=new_activity_id(),
        at=now,
        operation=operation.name,
        issuer=principal.issuer,
        subject=principal.subject,
        jti=principal.jti,
        request_id=request_id,
        ids=ids_in_path(request),
    )


def _note_refusal(error: Exception, enterprise: str, entry: ActivityEntry, note: Note) -> None:
    """A fault is reported as what it is, also where it cannot be noted; a refusal that cannot be noted is a 503."""
    status, _, _ = problem(error)
    if status < 500:
        note(enterprise, entry.ended("refused", status, {}))
        return
    with suppress(Unavailable):
        note(enterprise, entry.ended("failed", status, {}))
