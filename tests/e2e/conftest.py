"""The deployed local stack, and enterprises on it: facts over the bus, lookups over HTTP."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
import requests

from admin.stack.queues import waiting
from local.demo import sample
from tests.support.books import CUSTOMERS
from tests.support.erasure.sweeping import BUCKET
from tests.support.stack.own_stack import ROOT, client, running_stack, signed
from tests.support.tables import create_tables

PATIENCE = 120.0
"""Seconds until what was published must be seen."""


@dataclass
class Enterprise:
    """A fresh enterprise with one branch, on a running stack."""

    stack: Mapping[str, Any]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    merchant: str = field(default_factory=lambda: str(uuid.uuid4()))
    branch: str = field(default_factory=lambda: str(uuid.uuid4()))
    _published: set[str] = field(default_factory=set, init=False, repr=False, compare=False)

    def publish(self, kind: str, phone: str | None = None, **fields: Any) -> str:
        """Put one fact on the bus. Gives its id back."""
        (fact_id,) = self.publish_all([(kind, {**({"customer": {"phone": phone}} if phone else {}), **fields})])
        return fact_id

    def publish_all(self, facts: Sequence[tuple[str, Mapping[str, Any]]]) -> list[str]:
        """Put facts on the bus, in batches: of each its type, and what it says. Gives their ids back."""
        bus = {"EventBusName": self.stack["bus"], "Source": "partner.tests"}
        ids: list[str] = []
        for start in range(0, len(facts), 10):
            entries: Any = []
            for kind, said in facts[start : start + 10]:
                usual = {"enterprise_id": self.id, "occurred_at": "2026-11-01T10:00:00Z"}
                detail = {"fact_id": str(uuid.uuid4()), **usual, **said}
                ids.append(detail["fact_id"])
                entries.append({**bus, "DetailType": kind, "Detail": json.dumps(detail)})
            assert client(self.stack, "events").put_events(Entries=entries)["FailedEntryCount"] == 0
        self._published.update(ids)
        return ids

    def publish_sample(self, customers: int, facts: int) -> None:
        """A made-up base by ten publishers at once, shuffled, every tenth fact twice. Waits until it is applied."""
        lines = sample.lines(customers, facts, datetime.now(UTC), self.id)
        told = [
            (each["detail-type"], each["detail"]) for each in lines if each["detail-type"] != "enterprise.configured"
        ]
        told += told[::10]
        random.Random(7).shuffle(told)
        with ThreadPoolExecutor(10) as publishers:
            list(publishers.map(self.publish_all, [told[start::10] for start in range(10)]))
        # Those that came before what they are about wait for their next turn.
        self.wait_until_applied(240)

    def wait_until_applied(self, patience: float = PATIENCE) -> None:
        """Until every fact that was published here is applied: what comes over the bus has no order.

        Not for a fact that is refused: it never is.
        """

        def all_applied() -> bool:
            self._published -= self.applied(self._published)
            return not self._published

        eventually(all_applied, patience)

    def applied(self, fact_ids: Iterable[str]) -> set[str]:
        """Those of the facts that have left their record: one of a customer, or of the enterprise itself."""
        tables, ids = self.stack["tables"], list(fact_ids)
        found: set[str] = set()
        for start in range(0, len(ids), 50):
            facts = [f"fact#{each}" for each in ids[start : start + 50]]
            of_customers: Any = [{"pk": {"S": f"{self.id}#{each}"}, "sk": {"S": "receipt"}} for each in facts]
            of_enterprise: Any = [{"pk": {"S": self.id}, "sk": {"S": each}} for each in facts]
            wanted: Any = {
                tables["records"]: {"Keys": of_customers, "ConsistentRead": True},
                tables["enterprises"]: {"Keys": of_enterprise, "ConsistentRead": True},
            }
            rows = client(self.stack, "dynamodb").batch_get_item(RequestItems=wanted)["Responses"]
            found |= {row["pk"]["S"].split("#", 2)[2] for row in rows[tables["records"]]}
            found |= {row["sk"]["S"].split("#", 1)[1] for row in rows[tables["enterprises"]]}
        return found

    def open(self, **settings: Any) -> Enterprise:
        """Configure it and register its branch; it answers when this returns."""
        self.publish("enterprise.configured", name="Test", currency="QAR", home_region="QA", **settings)
        self.publish("branch.registered", merchant_id=self.merchant, branch_id=self.branch)
        eventually(lambda: self.get("/customers/lookup?phone=%2B97433001122").status_code == 200)
        return self

    def claims(self, **claims: Any) -> dict[str, Any]:
        """A till's claims; given ones replace the usual, None leaves one out."""
        now = int(time.time())
        usual = {
            "iss": self.stack["issuer"],
            "aud": "pos-terminal",
            "sub": "till-7",
            "iat": now,
            "exp": now + 3600,
            "jti": str(uuid.uuid4()),
            "enterprise_id": self.id,
            "merchant_id": self.merchant,
            "branch_id": self.branch,
        }
        return {name: value for name, value in (usual | claims).items() if value is not None}

    def token(self, **claims: Any) -> str:
        return signed(dict(self.stack), self.claims(**claims))

    def admin(self, *permissions: str) -> str:
        """A token of the enterprise's own office."""
        return self.token(aud="enterprise-admin", merchant_id=None, branch_id=None, permissions=list(permissions))

    def get(self, path: str, token: str | None = None, **headers: str) -> requests.Response:
        """A GET just as `path` is written: nothing is encoded on the way."""
        return self.send("GET", path, token, headers)

    def send(
        self, method: str, path: str, token: str | None = None, headers: Mapping[str, str] | None = None, **body: Any
    ) -> requests.Response:
        """Any request, `body` as `requests` takes it. A redirect is an answer and is not followed."""
        authorized = {"Authorization": f"Bearer {token or self.token()}", **(headers or {})}
        prepared = requests.Request(method, self.stack["api"], headers=authorized, **body).prepare()
        prepared.url = self.stack["api"] + path
        return requests.Session().send(prepared, timeout=120, allow_redirects=False)


def eventually(seen: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """What `seen` gives once it is true. Fails when it is not within so many seconds.

    It looks less often the longer it waits: what looks on takes from what it waits for. Somebody not known yet is None,
    in which `seen` may look for something: that counts as not seen, too.
    """
    began = time.monotonic()
    while not (value := _look(seen, more_time=time.monotonic() - began < patience)):
        waited = time.monotonic() - began
        assert waited < patience, "not seen in time"
        time.sleep(min(max(0.05, waited / 5), 0.5))
    return value


def wait_until_empty(sqs: Any, queue: str, patience: float = PATIENCE) -> None:
    """Until a queue has no message. One at which a function failed comes again after the visibility timeout."""
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["VisibilityTimeout"])["Attributes"]
    eventually(lambda: not any(waiting(sqs, queue)), int(attributes["VisibilityTimeout"]) + patience)


def _look(seen: Callable[[], Any], *, more_time: bool) -> Any:
    try:
        return seen()
    except TypeError:
        if not more_time:
            raise
        return None


@contextmanager
def few_at_work(aws: Callable[..., Any], most: int, *handlers: str) -> Iterator[None]:
    """No more than some processes of each function are at work at a time: fifty cold ones are too much for a laptop."""
    functions = aws("lambda")
    pages = functions.get_paginator("list_functions").paginate()
    named = {each["Handler"].split(".")[-2]: each["FunctionName"] for page in pages for each in page["Functions"]}
    for each in handlers:
        functions.put_function_concurrency(FunctionName=named[each], ReservedConcurrentExecutions=most)
    try:
        yield
    finally:
        for each in handlers:
            functions.delete_function_concurrency(FunctionName=named[each])


@pytest.fixture(scope="session")
def stack() -> Iterator[dict[str, Any]]:
    with running_stack() as running:
        yield running


@pytest.fixture(scope="session")
def aws(stack: dict[str, Any]) -> Callable[..., Any]:
    """A client of a service of the stack, by name; with options as boto3 takes them."""
    return partial(client, stack)


@pytest.fixture(scope="session")
def own_tables(aws: Callable[[str], Any]) -> Any:
    """The template's tables and a bucket of the tests' own, to which nothing listens."""
    tables = aws("dynamodb")
    if CUSTOMERS not in tables.list_tables()["TableNames"]:
        create_tables(tables)
        aws("s3").create_bucket(Bucket=BUCKET)
    return tables


class Log:
    """All that the functions have logged since the run began. Read by time: one answer holds 10,000 lines."""

    OVERLAP = 5_000
    """Milliseconds that are read again: a line may be stored later than one of a later time."""
    FRESH = 0.5
    """Seconds for which what was read is new enough: to read it asks for each of the functions."""

    def __init__(self, logs: Any) -> None:
        self._logs = logs
        self._began = int(time.time() * 1000) - self.OVERLAP
        self._read: dict[str, dict[tuple[str, int, str], str]] = {}
        self._looked = -self.FRESH

    def lines(self) -> list[str]:
        if time.monotonic() - self._looked >= self.FRESH:
            for group in self._logs.describe_log_groups()["logGroups"]:
                self._catch_up(group["logGroupName"])
            self._looked = time.monotonic()
        return [line for lines in self._read.values() for line in lines.values()]

    def _catch_up(self, group: str) -> None:
        known = self._read.setdefault(group, {})
        since = max((at for _, at, _ in known), default=self._began) - self.OVERLAP
        while True:
            events = self._logs.filter_log_events(logGroupName=group, startTime=since)["events"]
            known |= {(each["logStreamName"], each["timestamp"], each["message"]): each["message"] for each in events}
            latest = max((each["timestamp"] for each in events), default=since)
            if latest <= since:
                return
            since = latest


class Admin:
    """The commands, as a person runs them against this stack."""

    def __init__(self, stack_file: str) -> None:
        self._stack_file = stack_file

    def __call__(self, *arguments: str, **variables: str) -> tuple[int, str]:
        """The exit code, and what it printed. `variables` are of its environment."""
        ended = subprocess.run(
            [sys.executable, "-m", "admin", *arguments],
            cwd=ROOT,
            env={"STACK_FILE": self._stack_file, "PYTHONPATH": str(ROOT / "layers/common/python"), **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        return ended.returncode, ended.stdout + ended.stderr


@pytest.fixture(scope="session")
def admin(stack: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Admin:
    file = tmp_path_factory.mktemp("stack") / "stack.json"
    file.write_text(json.dumps(stack))
    return Admin(str(file))


PEOPLE = ("33001122", "66005566", "55003344", "layla", "hassan", "omar", "حسن", "josé")
"""Whom tests tell of most: in no line is a part of a phone or of a name."""


@pytest.fixture(scope="session", autouse=True)
def log(aws: Callable[[str], Any]) -> Iterator[Log]:
    """It begins with the first test, so that no test's lines are missed. In the end none of them names anybody."""
    log = Log(aws("logs"))
    yield log
    told = [line for line in log.lines() if any(each in line.lower() for each in PEOPLE)]
    assert told == []


@pytest.fixture(scope="session")
def shop(stack: dict[str, Any]) -> Enterprise:
    """An enterprise for tests that only read what no test changes."""
    return Enterprise(stack).open()


@pytest.fixture
def enterprise(stack: dict[str, Any]) -> Enterprise:
    """An enterprise of the test's own."""
    return Enterprise(stack).open()


class Tables:
    """What the stack has stored of one enterprise."""

    def __init__(self, stack: dict[str, Any], aws: Callable[[str], Any]) -> None:
        self._client = aws("dynamodb")
        self._tables = stack["tables"]

    def rows(self, role: str, enterprise: str) -> list[dict[str, Any]]:
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._tables[role],
            FilterExpression="begins_with(pk, :enterprise)",
            ExpressionAttributeValues={":enterprise": {"S": f"{enterprise}#"}},
            ConsistentRead=True,
        )
        return [row for page in pages for row in page["Items"]]

    def answers(self, enterprise: str) -> list[dict[str, Any]]:
        """The idempotency records."""
        return [row for row in self.rows("receipts", enterprise) if row["sk"]["S"] == "answer"]

    def events(self, enterprise: str) -> list[str]:
        """The ids of those that are in the history."""
        entries = [row for row in self.rows("records", enterprise) if row["sk"]["S"].startswith("ledger#")]
        return [row["sk"]["S"].split("#")[2] for row in entries if row["type"]["S"].startswith("event.")]

    def waiting(self, enterprise: str) -> list[str]:
        """The ids of those that are in the outbox."""
        return [
            json.loads(row["detail"]["S"])["event_id"]
            for row in self.rows("records", enterprise)
            if row["sk"]["S"].startswith("outbox#")
        ]


@pytest.fixture(scope="session")
def tables(stack: dict[str, Any], aws: Callable[[str], Any]) -> Tables:
    return Tables(stack, aws)


@pytest.fixture
def in_this_process(stack: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """For what a deployed function does, in this process: the names of the stack's tables, as the function has them."""
    for role, name in stack["tables"].items():
        monkeypatch.setenv(f"{role.upper()}_TABLE", name)


@pytest.fixture
def published(
    enterprise: Enterprise, stack: dict[str, Any], aws: Callable[[str], Any]
) -> Iterator[Callable[[], set[str]]]:
    """The ids that the bus has carried of the test's own enterprise since the last look."""
    bus, sqs, name = aws("events"), aws("sqs"), f"published-{enterprise.id}"
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    address = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["customers"], "detail": {"enterprise_id": [enterprise.id]}}
    rule = {"Name": name, "EventBusName": stack["bus"]}
    bus.put_rule(**rule, EventPattern=json.dumps(pattern))
    bus.put_targets(Rule=name, EventBusName=stack["bus"], Targets=[{"Id": "queue", "Arn": address}])

    def look() -> set[str]:
        ids: set[str] = set()
        while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            ids.update(json.loads(message["Body"])["detail"]["event_id"] for message in messages)
        return ids

    yield look
    bus.remove_targets(Rule=name, EventBusName=stack["bus"], Ids=["queue"])
    bus.delete_rule(**rule)
    sqs.delete_queue(QueueUrl=queue)


def shown(answer: requests.Response) -> str:
    """The answer to the letter, but for what differs between two of one request."""
    meta = answer.json()["meta"]
    replayed = json.dumps(meta["idempotency_replayed"])
    return answer.text.replace(meta["request_id"], "").replace(f'"idempotency_replayed":{replayed}', "")
