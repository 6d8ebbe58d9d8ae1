"""Serves the application over HTTP, and ends it gracefully: conversations first, then requests."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import structlog
import uvicorn
from fastapi import FastAPI

from voicecbt.edge.conversations import Conversations
from voicecbt.edge.limits import MAX_WEBSOCKET_MESSAGE_BYTES
from voicecbt.edge.settings import Settings

log = structlog.get_logger(__name__)

LISTEN_BACKLOG = 512
PING_SECONDS = 20.0  # Finds clients whose network went away without a word.
KEEP_ALIVE_SECONDS = 75  # Longer than Envoy keeps an idle connection, so that it never writes to one we just closed.


@dataclass(frozen=True, slots=True)
class Running:
    """An edge that is listening on 127.0.0.1 or wherever it was told to."""

    port: int


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves them to us: draining comes before uvicorn's own shutdown, which would cut conversations off."""
        yield


@asynccontextmanager
async def serving(app: FastAPI, settings: Settings) -> AsyncIterator[Running]:
    """Listens inside the block; leaving it drains for up to `drain_seconds` and then closes what is left."""
    listener = _listen(settings.http_address)
    server = _Server(_config(app, settings))
    conversations: Conversations = app.state.conversations
    async with asyncio.TaskGroup() as group:
        group.create_task(server.serve(sockets=[listener]))
        try:
            yield Running(listener.getsockname()[1])
        finally:
            if not await conversations.drain(settings.drain_seconds):
                log.warning("conversations are cut off: a turn took longer than the drain time")
            server.should_exit = True


def _listen(address: str) -> socket.socket:
    """Raises OSError when the port is in use."""
    host, _, port = address.rpartition(":")
    listener = socket.create_server((host, int(port)), backlog=LISTEN_BACKLOG)
    # Accepted connections inherit it. asyncio would not set it on them, since the listener does not name its protocol;
    # without it each answer waits up to 40 ms for the client's delayed acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="off",
        ws="websockets-sansio",  # Reads one message at a time, and waits for the socket before it writes.
        ws_max_size=MAX_WEBSOCKET_MESSAGE_BYTES,
        ws_per_message_deflate=False,  # Audio does not shrink, and each connection would hold a window for it.
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=int(settings.drain_seconds) or 1,
        forwarded_allow_ips=settings.trusted_proxies,
        access_log=False,
        log_config=None,
        server_header=False,
    )


async def until_told() -> None:
    """Returns at SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
