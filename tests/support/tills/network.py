"""A bad network: a proxy that delays, drops, duplicates and reorders. It decides by a seed."""

from __future__ import annotations

import http.client
import json
import random
import threading
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host", "date", "server"}
FATES = {
    "passes": 70,
    "delayed": 8,
    "request dropped": 4,
    "answer dropped": 6,
    "swallowed": 2,
    "duplicated": 6,
    "overtaken": 4,
}
"""In a hundred. What is swallowed gets no answer and no end; what is overtaken waits for a later answer."""
LONGEST_DELAY, OVERTAKEN_AFTER, SWALLOWED_FOR = 1.0, 0.4, 3.0


@dataclass(frozen=True)
class Answered:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


class BadNetwork:
    """Serves at `url` what `api` serves, until `close`. `met` counts what happened to requests.

    It also has a page for a browser's till: the files in `pages`, its `plan`, and what the page has `told`. Those it
    serves well.
    """

    def __init__(self, api: str, seed: int = 7, pages: Mapping[str, Path] | None = None) -> None:
        self._pages = pages or {}
        self.plan: dict[str, Any] = {}
        self.told: list[str] = []
        self._upstream = urlsplit(api)
        self.path = self._upstream.path
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._passed = threading.Condition()
        self._answers = 0
        self._twice = ThreadPoolExecutor(16)
        self.met: Counter[str] = Counter()
        self.down = threading.Event()
        self._closing = threading.Event()
        network = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def handle_any(self) -> None:
                if self.path.startswith(network.path):
                    network.carry(self)
                else:
                    network.serve(self)

            do_GET = do_POST = handle_any  # noqa: N815

            def log_message(self, *_: object) -> None:
                """Stays quiet."""

        class Quiet(ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                """A till that was killed leaves broken connections."""

        self._server = Quiet(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}{self._upstream.path}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._twice.shutdown(wait=True, cancel_futures=True)

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        """A page's file, the plan, or what the page tells."""
        folder, _, rest = handler.path.lstrip("/").partition("/")
        content, kind = b"", "application/json"
        if handler.command == "POST":
            self.told.append(handler.rfile.read(int(handler.headers["Content-Length"])).decode())
        elif folder == "plan":
            content = json.dumps(self.plan).encode()
        elif folder in self._pages and (self._pages[folder] / rest).is_file():
            content = (self._pages[folder] / rest).read_bytes()
            kind = "text/html" if rest.endswith(".html") else "text/javascript"
        handler.send_response(200)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    def carry(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        with self._lock:
            fate = "down" if self.down.is_set() else self._random.choices([*FATES], [*FATES.values()])[0]
            share = self._random.random()
            self.met[fate] += 1
        handler.close_connection = True
        if fate == "delayed":
            self._closing.wait(share * LONGEST_DELAY)
        if fate == "swallowed":
            self._closing.wait(SWALLOWED_FOR)
        if fate in ("request dropped", "swallowed", "down"):
            return
        answered = self._ask(handler, body, twice=fate == "duplicated")
        if fate == "answer dropped" or answered is None:
            return
        self._answer(handler, answered, overtaken=fate == "overtaken")

    def _ask(self, handler: BaseHTTPRequestHandler, body: bytes, *, twice: bool) -> Answered | None:
        if not twice:
            return self._forward(handler, body)
        copies = [self._twice.submit(self._forward, handler, body) for _ in range(2)]
        return [copy.result() for copy in copies][-1]

    def _forward(self, handler: BaseHTTPRequestHandler, body: bytes) -> Answered | None:
        assert self._upstream.hostname
        connection = http.client.HTTPConnection(self._upstream.hostname, self._upstream.port, timeout=60)
        try:
            headers: Any = {name: value for name, value in handler.headers.items() if name.lower() not in HOP}
            connection.request(handler.command, handler.path, body or None, headers)
            response = connection.getresponse()
            return Answered(response.status, response.getheaders(), response.read())
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def _answer(self, handler: BaseHTTPRequestHandler, answered: Answered, *, overtaken: bool) -> None:
        with self._passed:
            if overtaken:
                before = self._answers
                self._passed.wait_for(lambda: self._answers > before, OVERTAKEN_AFTER)
            self._answers += 1
            self._passed.notify_all()
        try:
            handler.send_response(answered.status)
            for name, value in answered.headers:
                if name.lower() not in HOP:
                    handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(answered.body)))
            handler.end_headers()
            handler.wfile.write(answered.body)
            handler.wfile.flush()
            handler.close_connection = False
        except OSError:
            handler.close_connection = True
