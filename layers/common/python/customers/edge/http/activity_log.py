"""Makes the activity log entry of a request, and writes it.

The entry of a write is committed with its effect. Any other entry is written before the answer: of a read, a refusal, a
replay, a write with nothing to do. If the entry cannot be written, the request fails.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from customers.catalogue.operation import Operation
from customers.current_request import answering
from customers.domain.activity_log import ActivityEntry, Outcome, entry_id, ids_in
from customers.domain.refusals import Conflict, Unavailable
from customers.edge.auth.principal import Principal
from customers.edge.http.answer import Answer
from customers.edge.http.problems import problem
from customers.tenant import speaking_for
from customers.wire.http.audit_reason import read_reason
from customers.wire.http.request import Request
from customers.wire.identifiers.paths import ids_in_path

Note = Callable[[str, ActivityEntry], None]
"""`ActivityLog.note`: writes an entry of an enterprise, if the request has not committed it already."""
Act = Callable[[ActivityEntry | None], Answer]
Answered = Callable[[Request, Principal, datetime, str, Act], Answer]


def logging(operation: Operation[Any], note: Note | None) -> Answered:
    """Answers an admitted request with `act`, and writes its entry. Raises `ValueError` without a `note` for it."""
    if note is None:
        raise ValueError(f"{operation.name} leaves an entry in the activity log: pass its `note`")

    def answered(request: Request, principal: Principal, now: datetime, request_id: str, act: Act) -> Answer:
        # Only from the verified token.
        with speaking_for(principal.enterprise), answering(request_id):
            return act_and_note(request, principal, now, request_id, act)

    def act_and_note(request: Request, principal: Principal, now: datetime, request_id: str, act: Act) -> Answer:
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
    """The entry of an answered request. `changed` means that it is committed with an effect."""
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
        id=entry_id(request_id),
        at=now,
        operation=operation.name,
        issuer=principal.issuer,
        subject=principal.subject,
        jti=principal.jti,
        request_id=request_id,
        ids=ids_in_path(request),
    )


def _note_refusal(error: Exception, enterprise: str, entry: ActivityEntry, note: Note) -> None:
    """A fault keeps its own error even if its entry cannot be written. A refusal without an entry becomes a 503."""
    status, _, _ = problem(error)
    if status < 500:
        note(enterprise, entry.ended("refused", status, {}))
        return
    with suppress(Conflict, Unavailable):
        note(enterprise, entry.ended("failed", status, {}))
