"""The deriver in the test's process: stream records, queues, and Lambda's part in both."""

from __future__ import annotations

from typing import Any

from mypy_boto3_sqs import SQSClient

from customers.domain.stats.customer_refs import CustomerRef
from customers.edge.messaging.queue_consumer import consume
from customers.edge.messaging.reconcile import reconciling
from customers.edge.messaging.stream_consumer import follow
from customers.store.aws.messages import batch_of, change_of, waiting_of
from customers.store.aws.queues import ChangeQueue, OverdrawnQueue
from tests.support.books import CUSTOMERS, RECORDS, Books
from tests.support.stats.derivation import Derivation
from tests.support.stats.streams import record

DELAY = 60


class Post:
    """The deriver's queues in memory, and Lambda's part in emptying the change queue."""

    def __init__(self, client: SQSClient, enterprise: str) -> None:
        self._client = client
        self.urls = {name: self._create(f"{name}-{enterprise}") for name in ("changes", "dead", "overdrawn")}
        self.again = ChangeQueue(client, self.urls["changes"], self.urls["dead"])
        self.overdrawn = OverdrawnQueue(client, self.urls["overdrawn"])
        self.delays: list[int] = []
        client.meta.events.register("provide-client-params.sqs.SendMessage", self._note)

    def _create(self, name: str) -> str:
        return self._client.create_queue(QueueName=name)["QueueUrl"]

    def _note(self, params: dict[str, Any], **_: Any) -> None:
        """Nobody waits: what is delayed is noted, and is there at once."""
        self.delays.append(params.get("DelaySeconds", 0))
        params["DelaySeconds"] = 0

    def take(self, name: str) -> list[dict[str, Any]]:
        """The messages of a queue, as Lambda hands them over."""
        found: list[dict[str, Any]] = []
        while messages := self._client.receive_message(
            QueueUrl=self.urls[name], MaxNumberOfMessages=10, VisibilityTimeout=180
        ).get("Messages"):
            found += [
                {
                    "messageId": each["MessageId"],
                    "receiptHandle": each["ReceiptHandle"],
                    "attributes": {"ApproximateReceiveCount": "1"},
                    "body": each["Body"],
                }
                for each in messages
            ]
        return found

    def dead(self) -> list[CustomerRef]:
        return [change_of(message["body"]) for message in self.take("dead")]

    def watched(self) -> list[CustomerRef]:
        return [change for message in self.take("overdrawn") for change in batch_of(message["body"])]


def told(books: Books) -> list[dict[str, Any]]:
    """What the streams tell if every row was written once."""
    customers = [record(CUSTOMERS, None, row) for row in books.rows(CUSTOMERS)]
    return customers + [record(RECORDS, None, row) for row in books.rows(RECORDS) if "uncounted" in row]


def bring(derivation: Derivation, post: Post, records: list[dict[str, Any]], **queues: Any) -> None:
    """Have records taken, with other queues where they are given."""
    from events.derive import derive

    again, overdrawn = queues.get("again", post.again), queues.get("overdrawn", post.overdrawn)

    def act(records: Any) -> Any:
        return derive(records, derivation.derived, overdrawn, DELAY)

    follow("derive", act, again.keep)({"Records": records}, None)


def again(derivation: Derivation, post: Post, *messages: dict[str, Any]) -> list[str]:
    """Have messages of the change queue taken. Which of them come once more."""
    reconciled = reconciling(waiting_of, derivation.derived.reconcile, derivation.pages, post.again.keep)
    handler = consume("derive_again", reconciled, post.again)
    answer = handler({"Records": list(messages)}, None)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
