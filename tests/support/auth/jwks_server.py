"""An issuer's JWKS endpoint on loopback, which counts its visits and fails on demand."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class JwksServer:
    """Answers what its attributes say at the time of the visit."""

    def __init__(self, url: str, document: Any) -> None:
        self.url = url
        self.status = 200
        self.body = b""
        self.location: str | None = None
        self.resets = False
        self.visits: list[str] = []
        self.publish(document)

    def publish(self, document: Any) -> None:
        self.body = json.dumps(document).encode()


@contextmanager
def serving(document: Any) -> Iterator[JwksServer]:
    """A running endpoint that publishes `document`."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.visits.append(self.path)
            self.send_response(issuer.status)
            if issuer.location:
                self.send_header("Location", issuer.location)
            self.send_header("Content-Length", str(len(issuer.body)))
            self.end_headers()
            if issuer.resets:
                return
            self.wfile.write(issuer.body)

        def log_message(self, *said: Any) -> None:
            """Tests print nothing."""

    class Endpoint(ThreadingHTTPServer):
        def shutdown_request(self, request: Any) -> None:
            if issuer.resets:
                # A close that lingers for no time at all is a reset.
                request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                request.close()
            else:
                super().shutdown_request(request)

    with Endpoint(("127.0.0.1", 0), Answer) as server:
        issuer = JwksServer(f"http://127.0.0.1:{server.server_port}/jwks.json", document)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield issuer
        finally:
            server.shutdown()
            thread.join()
