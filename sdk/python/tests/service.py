"""A small HTTP service that answers as a test says. It keeps the requests in `seen`."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass
class Seen:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass
class Reply:
    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    text: str | None = None
    after: float = 0.0
    drop: bool = False
    hang: bool = False
    twice: bool = False
    trickle: float = 0.0


Answering = Callable[[Seen, int], Reply]


class Service:
    """Serves until `close`. `answer` gets each request with its number, from 1."""

    def __init__(self, answer: Answering) -> None:
        self.seen: list[Seen] = []
        self.answer = answer
        self.connections = 0
        self.closing = threading.Event()
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def setup(self) -> None:
                service.connections += 1
                super().setup()

            def handle_any(self) -> None:
                service.handle(self)

            do_GET = do_POST = handle_any  # noqa: N815

            def log_message(self, *_: object) -> None:
                """Stays quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.base_url = f"http://127.0.0.1:{self.server.server_port}/v1/partner"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def handle(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        text = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        headers = {name.lower(): value for name, value in handler.headers.items()}
        one = Seen(handler.command, unquote(parts.path), query, headers, json.loads(text) if text else None)
        self.seen.append(one)
        reply = self.answer(one, len(self.seen))
        if reply.hang:
            self.closing.wait(10)
        elif reply.after:
            self.closing.wait(reply.after)
        if reply.hang or reply.drop:
            handler.close_connection = True
            return
        try:
            self.send(handler, reply)
            if reply.twice:
                self.closing.wait(0.02)
                self.send(handler, reply)
        except OSError:
            handler.close_connection = True

    def send(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        content = (reply.text if reply.text is not None else json.dumps(reply.body)).encode()
        handler.send_response(reply.status)
        for name, value in {"Content-Type": "application/json", **reply.headers}.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        for at in range(len(content)) if reply.trickle else ():
            handler.wfile.write(content[at : at + 1])
            handler.wfile.flush()
            time.sleep(reply.trickle)
        handler.wfile.write(b"" if reply.trickle else content)
        handler.wfile.flush()

    def close(self) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()


def success(data: Any, request_id: str = "req-1", *, replayed: bool = False) -> dict[str, Any]:
    return {"ok": True, "data": data, "error": None, "meta": _meta(request_id, replayed)}


def refusal(code: str, request_id: str = "req-1") -> dict[str, Any]:
    error = {"code": code, "message": "in words", "details": [{"field": "phone", "issue": "is wrong"}]}
    return {"ok": False, "data": None, "error": error, "meta": _meta(request_id, False)}


def _meta(request_id: str, replayed: bool) -> dict[str, Any]:
    fixed = {"api_version": "2026-06-01", "data_completeness_score": None}
    return {"request_id": request_id, "idempotency_replayed": replayed, **fixed}


def found(phone: str | None) -> dict[str, Any]:
    rest = {"unclaimed_cashback": None, "branch_id": None, "fetched_at": "2026-06-05T09:10:00Z"}
    return success({"status": "registered", "customer": {"phone": phone}, **rest})


def the_one_asked_for(seen: Seen, _number: int = 0) -> Reply:
    return Reply(found(seen.query.get("phone")))


def jwt(**claims: float) -> str:
    """A token as issuers make it, with a signature that nobody reads."""
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{part}.AAAA"
