"""The conversation's WebSocket: who may open it, in which subprotocol, and how it is closed."""

import asyncio

import structlog
from fastapi import APIRouter
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket, WebSocketDisconnect

from voicecbt.edge.backends import backends_of
from voicecbt.edge.bridge import Bridge, Patience
from voicecbt.edge.closing import INTERNAL, Closing
from voicecbt.edge.codecs import CODECS, negotiate
from voicecbt.edge.constraints import is_uuid
from voicecbt.edge.conversations import Conversations
from voicecbt.edge.credentials import Credentials, find_credentials
from voicecbt.edge.limits import CONVERSE_IDLE_SECONDS
from voicecbt.edge.origins import require_same_origin
from voicecbt.edge.problems import Problem, invalid, to_response
from voicecbt.edge.settings import Settings
from voicecbt.edge.turns import Turns
from voicecbt.kit import metrics

router = APIRouter()
log = structlog.get_logger(__name__)

URL = "/api/v1/sessions/{session_id}/converse"
CLOSE_SECONDS = 1.0  # For the close frame of a client that may not be reading.
RETRY_SECONDS = 1


@router.websocket(URL)
async def converse(socket: WebSocket, session_id: str) -> None:
    """Refuses with a problem document before the upgrade; after it, with a close code."""
    try:
        person, subprotocol = _admit(socket, session_id)
    except Problem as problem:
        await socket.send_denial_response(to_response(problem, socket.url.path))
        return
    await socket.accept(subprotocol)
    closing = await _carry(socket, session_id, person, subprotocol)
    if closing.code == INTERNAL:
        metrics.errors.labels(error_type="conversation", service="edge").inc()
    log.info("conversation closed", code=closing.code)
    await _close(socket, closing)


def _admit(socket: HTTPConnection, session_id: str) -> tuple[Credentials, str]:
    settings: Settings = socket.app.state.settings
    conversations: Conversations = socket.app.state.conversations
    person = find_credentials(socket)
    if person.from_cookie:
        require_same_origin(socket, settings.allowed_origins)
    if not is_uuid(session_id):
        raise invalid("session_id", "is not an id")
    subprotocol = negotiate(socket.scope["subprotocols"])
    if subprotocol is None:
        raise invalid("Sec-WebSocket-Protocol", "must offer one of " + ", ".join(CODECS))
    if conversations.draining.is_set():
        raise Problem(503, "Restarting; connect again.", retry_after_seconds=RETRY_SECONDS)
    return person, subprotocol


async def _carry(socket: WebSocket, session_id: str, person: Credentials, subprotocol: str) -> Closing:
    settings: Settings = socket.app.state.settings
    conversations: Conversations = socket.app.state.conversations
    patience = Patience(CONVERSE_IDLE_SECONDS, settings.converse_stall_seconds)
    with conversations.one(), Turns() as turns:
        bridge = Bridge(socket, CODECS[subprotocol], session_id, patience, turns, conversations.draining)
        return await bridge.carry(backends_of(socket).session, person)


async def _close(socket: WebSocket, closing: Closing) -> None:
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await socket.close(closing.code, closing.short_reason())
    except (TimeoutError, RuntimeError, WebSocketDisconnect):
        # The client is gone or still not reading; the server closes the connection when we return.
        log.debug("conversation closed without a close frame", code=closing.code)
