"""The emulator's HTTP server: uvicorn with a parser in C. The server that comes with it takes longer than its answers.

It stands in for `hypercorn.asyncio.serve`, in the emulator's process alone.
"""

from __future__ import annotations

from typing import Any

import uvicorn  # type: ignore[import-not-found]
from hypercorn import asyncio as replaced  # type: ignore[import-not-found]

STOPS_WITHIN = 3
"""Seconds that requests may still take once the emulator has to stop, as the replaced server grants them."""


def install() -> None:
    """Have the emulator's `main` serve by it."""
    replaced.serve = serve


async def serve(application: Any, config: Any) -> None:
    """Serve until a signal stops the process. `config` is hypercorn's, of which one address and two numbers count."""
    (address,) = config.bind
    host, _, port = address.rpartition(":")
    server = uvicorn.Server(
        uvicorn.Config(
            application,
            host=host,
            port=int(port),
            http="httptools",
            loop="asyncio",
            ws="none",
            lifespan="on",
            timeout_keep_alive=int(config.keep_alive_timeout),
            timeout_graceful_shutdown=STOPS_WITHIN,
            # The emulator writes its own date, and no line for each request.
            date_header=False,
            server_header=False,
            access_log=False,
            log_config=None,
        )
    )
    await server.serve()
