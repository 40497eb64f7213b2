"""The tables in memory behind a port, for processes whose CPU is measured: what they cost is theirs alone.

    python -m tests.support.capacity.served ENTERPRISE…

Each enterprise has `CUSTOMERS` customers, whose derived data is right. Prints its port; serves until standard input
ends. `GET /changes/ENTERPRISE` gives what the streams of Customers and Records have told since it was last asked for:
a list for each, in the form in which Lambda hands it over.
"""

from __future__ import annotations

import base64
import json
import sys
import threading
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from moto import mock_aws

import tests.conftest
from tests.support.books import CUSTOMERS, RECORDS, Books
from tests.support.dynamodb.in_memory_client import MotoSocket
from tests.support.facts import enterprise_fact
from tests.support.hash_keys import create_keys, secret
from tests.support.stats.derivation import Derivation
from tests.support.stats.streams import record
from tests.support.tables import create_tables, dynamodb

MOST = 40
"""Customers of an enterprise, by the numbers of their phones."""
PHONE = "+9743300{:04}"
WEEKS = 8
FOLLOWED = (CUSTOMERS, RECORDS)


class Server(BaseHTTPRequestHandler):
    """DynamoDB, KMS's one operation, and the streams."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    lock = threading.Lock()
    changes: ClassVar[defaultdict[str, list[tuple[str, Any]]]] = defaultdict(list)

    def do_GET(self) -> None:
        with self.lock:
            told = self.changes.pop(self.path.rpartition("/")[2], [])
        each = [[record for table, record in told if table == name] for name in FOLLOWED]
        self._answer(200, json.dumps([each[0], list(filter(_is_uncounted, each[1]))]).encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        if operation == "GenerateMac":
            mac = secret(base64.b64decode(json.loads(body)["Message"]).decode())
            self._answer(200, json.dumps({"Mac": base64.b64encode(mac).decode()}).encode())
            return
        with self.lock:
            written = _puts(json.loads(body)) if operation == "TransactWriteItems" else []
            before = [_row(table, row) for table, row in written]
            status, answer = _moto(self.headers, body)
            if status == 200:
                for (table, row), old in zip(written, before, strict=True):
                    self.changes[row["pk"]["S"].split("#")[0]].append((table, _record(table, old, row)))
        self._answer(status, answer)

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing is shown."""


def _moto(headers: Any, body: bytes) -> tuple[int, bytes]:
    connection = MotoSocket()
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    connection.sendall(b"POST / HTTP/1.1\r\n" + head.strip().encode() + b"\r\n\r\n" + body)
    answered = connection.recv(1 << 26)
    first, _, rest = answered.partition(b"\r\n")
    return int(first.split()[1]), rest.partition(b"\r\n\r\n")[2]


def _puts(body: Any) -> list[tuple[str, Any]]:
    """The rows that a transaction puts into the tables with a stream, in JSON as it came."""
    puts = [each["Put"] for each in body["TransactItems"] if "Put" in each]
    return [(put["TableName"], put["Item"]) for put in puts if put["TableName"] in FOLLOWED]


def _row(table: str, row: Any) -> Any:
    key = {name: row[name] for name in ("pk", "sk") if name in row}
    return dynamodb().get_item(TableName=table, Key=key).get("Item")


def _record(table: str, old: Any, new: Any) -> Any:
    typed = {name: {"B": base64.b64decode(value["B"])} if "B" in value else value for name, value in new.items()}
    return record(table, old, typed)


def _is_uncounted(each: Any) -> bool:
    return bool(each["dynamodb"].get("NewImage", {}).get("uncounted") == {"BOOL": True})


def _settle(enterprise: str) -> None:
    books, now = Books(dynamodb(), enterprise), datetime.now(UTC)
    books.registry.post(enterprise_fact("enterprise.configured", enterprise))
    for number in range(MOST):
        about = PHONE.format(number)
        books.post("customer.registered", about=about, at=now - timedelta(days=200), name=f"Layla {number}")
        for week in range(WEEKS):
            books.post(
                "purchase.completed",
                about=about,
                purchase_id=f"{number}-{week}",
                branch_id="branch-1",
                at=now - timedelta(weeks=1 + week, hours=number),
            )
    Derivation(books).reconcile()


if __name__ == "__main__":
    assert tests.conftest
    with mock_aws():
        create_tables(dynamodb())
        create_keys()
        for enterprise in sys.argv[1:]:
            _settle(enterprise)
        server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_port, flush=True)
        sys.stdin.read()
