"""An enterprise of three people, and how requests, facts, queues and workflows reach it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any

import jwt

from customers.domain.refusals import Conflict, Refusal, Unavailable
from customers.domain.stats.customer_refs import CustomerRef
from customers.edge.messaging.workflow_task import StepFailed
from customers.store.facts.ledger import Ledger
from customers.store.stats.reconciler import Reconciler
from tests.operations.conftest import Shop
from tests.support.books import Books
from tests.support.dynamodb.worlds import NOW
from tests.support.erasure.sweeping import Workflow
from tests.support.http.gateway import call

TWIN, OMAR = "+97466005566", "+97455003344"
FORMER, FREE = "+97455003345", "+97433009900"
"""A number that Omar has given up, and one that was never anybody's."""
TOKEN = "mzxw6ytboi4dsnjwmfzgcylcmfzgcylc"
BEFORE, LATELY = "2026-11-02T10:00:00Z", "2026-11-21T10:00:00Z"
"""The latter is after everything that the clock has seen."""
PERMISSIONS = ("customer:UPDATE", "customer:MERGE", "customer:DELETE", "customer:EXPORT")
NEVER_ALIKE = ("download_url", "fetched_at", "sha256", "size_bytes", "replayed", "created_at")


@dataclass
class World:
    """An enterprise of three: Layla, verified, with all but money; a twin with money; Omar, with nothing."""

    shop: Shop
    books: Books
    workflow: Workflow
    layla: str = ""
    twin: str = ""
    omar: str = ""
    wallet: str = ""
    session: str = ""
    identified: str = ""
    """Two sessions: one of nobody, and one that is Layla's."""
    erasures: list[str] = field(default_factory=list)
    departed: object = None
    """The enterprise's mark of the last departure, as everything begins."""

    def send(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, office: bool = False, key: str = ""
    ) -> Any:
        """Under a key of its own, however often it is sent."""
        who = self.shop.admin(*PERMISSIONS) if office else self.shop.till
        said = "".join(map(str, (body or {}).values()))
        headers = {
            "Idempotency-Key": f"{path[-40:]}{said[:40]}{key}".replace(" ", ""),
            "Content-Type": "application/json",
        }
        till = replace(who, expires_at=NOW + timedelta(days=99))
        reply = call(method, path, "", till, headers=headers, body=body)
        data = reply.body.get("data")
        return reply.status, {name: data[name] for name in data if name not in NEVER_ALIKE} if data else None

    def office(self, method: str, customer_id: str, then: str = "", **body: str) -> Any:
        return self.send(method, f"/customers/{customer_id}{then}", body or None, office=True)

    def fact(self, kind: str, about: str, at: str = BEFORE, **said: Any) -> object:
        """Under an id of its own, however often it is told."""
        named = {"phone": about} if about.startswith("+") else {"provider_customer_id": about}
        detail = {"fact_id": f"f-{kind}-{about}-{at}-{len(said)}", "occurred_at": at, "customer": named, **said}
        outcome = persistently(lambda: Ledger.connect().post([self.books.fact(kind, detail)])[0])
        return str(outcome) if isinstance(outcome, Refusal) else outcome

    def derive(self, customer_id: str, transaction: str | None = None) -> object:
        failed = Reconciler.connect().reconcile([CustomerRef(self.shop.enterprise, customer_id, transaction)])
        return [*map(str, failed.values())]

    def put_off(self, customer_id: str, key: str = "") -> Any:
        """Erased by an enterprise that has it wait for the money."""
        self.shop.settings = replace(self.shop.settings, erasure_policy="escalate")
        answer = self.send("DELETE", f"/customers/{customer_id}", office=True, key=key)
        self.shop.settings = replace(self.shop.settings, erasure_policy="block")
        return answer

    def step(self, name: str, erasure: int = -1) -> object:
        """A state of the workflow of an erasure, as often as it has to be run."""
        given = {"enterprise_id": self.shop.enterprise, "erasure_id": self.erasures[erasure]}
        return persistently(lambda: STEPS[name](self.workflow, given))


def persistently(act: Callable[[], Any]) -> Any:
    """As a queue or a workflow does: what was overtaken is done once more, and what has to wait comes again."""
    for _ in range(4):
        with suppress(Conflict, Unavailable, StepFailed):
            return act()
    return "comes again"


def _swept(name: str, workflow: Workflow, given: dict[str, str]) -> object:
    for _ in getattr(workflow, name).pages(workflow.jobs.read(*given.values())):
        pass
    return "swept"


def _settled(_: Workflow, given: dict[str, str]) -> object:
    from gdpr.settle_erasure import handler

    return handler(given, None)


def _again(_: Workflow, given: dict[str, str]) -> object:
    from gdpr.erase_again import handler

    return handler(given, None)


def _sealed(workflow: Workflow, given: dict[str, str]) -> object:
    """With what the receipt says, but for its prints."""
    enterprise, erasure = given.values()
    outcome = workflow.sealing.seal(workflow.jobs.read(enterprise, erasure), NOW)
    signed = workflow.jobs.receipt_of(enterprise, erasure)
    told = jwt.decode(signed, options={"verify_signature": False})["stores"] if signed else {}
    return outcome, {store: {deed: each["count"] for deed, each in deeds.items()} for store, deeds in told.items()}


SWEEPS = ("history", "aliases", "copies", "files", "refused_facts")
STEPS: dict[str, Callable[[Workflow, dict[str, str]], object]] = {
    "settle": _settled,
    "erase again": _again,
    "seal": _sealed,
    **{name: partial(_swept, name) for name in SWEEPS},
}
