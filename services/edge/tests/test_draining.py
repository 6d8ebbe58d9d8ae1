"""Shutting down: conversations leave after their turn, new ones are sent elsewhere, nothing hangs."""

import asyncio
import json
import uuid

import httpx
import pytest
from websockets.asyncio.client import connect as websocket
from websockets.exceptions import ConnectionClosed, InvalidStatus

from voicecbt.edge.app import make_app
from voicecbt.edge.backends import connect
from voicecbt.edge.serving import serving
from voicecbt.edge.testing.conversation import BREAK, FLOOD, HANG_UP, SLOW
from voicecbt.kit.channels import ChannelFactory
from voicecbt.kit.testing.keys import SERVICE_SECRET
from voicecbt.kit.tokens import ServiceTokens

pytestmark = pytest.mark.integration

JSON = "voicecbt.v1.json"


@pytest.fixture
async def start(platform):
    """Starts an edge that a test can stop."""
    channels = ChannelFactory("edge", ServiceTokens(SERVICE_SECRET), platform.settings.max_message_bytes)

    def make(drain_seconds: float):
        settings = platform.settings.model_copy(update={"drain_seconds": drain_seconds})
        return serving(make_app(settings, connect(settings, channels)), settings)

    yield make
    await channels.close()


@pytest.fixture
async def session_id(edge: httpx.AsyncClient) -> str:
    response = await edge.post("/api/v1/sessions", json={}, headers={"idempotency-key": uuid.uuid4().hex})
    return response.json()["session"]["session_id"]


def conversation(platform, port: int, session_id: str) -> websocket:
    url = f"ws://127.0.0.1:{port}/api/v1/sessions/{session_id}/converse"
    return websocket(url, subprotocols=[JSON], additional_headers=platform.bearer(), close_timeout=0.1)


async def say(socket, session_id: str, words: str) -> None:
    await socket.send(json.dumps({"open": {"session_id": session_id}}))
    await socket.recv()
    await socket.send(json.dumps({"text": {"turn_id": str(uuid.uuid4()), "text": words}}))
    assert "turn_started" in json.loads(await socket.recv())


async def rest_of(socket) -> tuple[list[str], int]:
    kinds = []
    try:
        while True:
            kinds += [kind for kind in json.loads(await socket.recv()) if kind.startswith(("turn_c", "reply"))]
    except ConnectionClosed as closed:
        return kinds, closed.rcvd.code if closed.rcvd else 1006


async def test_a_turn_in_flight_is_finished_first(start, platform, session_id):
    async with start(5) as edge:
        socket = await conversation(platform, edge.port, session_id)
        await say(socket, session_id, SLOW)
    assert await rest_of(socket) == (["reply_delta", "turn_completed"], 1012)


async def test_an_idle_conversation_leaves_at_once(start, platform, session_id):
    async with start(60) as edge:
        socket = await conversation(platform, edge.port, session_id)
        await socket.send(json.dumps({"open": {"session_id": session_id}}))
        await socket.recv()
    assert await rest_of(socket) == ([], 1012)


async def test_a_turn_that_never_ends_is_cut_off(start, platform, session_id):
    async with asyncio.timeout(30):
        async with start(0.2) as edge:
            socket = await conversation(platform, edge.port, session_id)
            await say(socket, session_id, FLOOD)
            reading = asyncio.create_task(rest_of(socket))
        assert (await reading)[1] in (1006, 1012)


async def test_new_conversations_are_sent_elsewhere(platform, session_id):
    channels = ChannelFactory("edge", ServiceTokens(SERVICE_SECRET), platform.settings.max_message_bytes)
    app = make_app(platform.settings, connect(platform.settings, channels))
    async with serving(app, platform.settings) as edge:
        app.state.conversations.draining.set()
        with pytest.raises(InvalidStatus) as refused:
            await conversation(platform, edge.port, session_id)
        assert refused.value.response.status_code == 503
        assert refused.value.response.headers["retry-after"] == "1"
        ready = await httpx.AsyncClient().get(f"http://127.0.0.1:{edge.port}/readyz")
        assert ready.json()["services"] == {"edge": "draining"}
    await channels.close()


async def test_a_port_in_use_is_an_error(start, platform):
    async with start(0) as edge:
        taken = platform.settings.model_copy(update={"http_address": f"127.0.0.1:{edge.port}"})
        with pytest.raises(OSError, match="in use"):
            async with serving(make_app(taken, None), taken):
                pass


@pytest.mark.parametrize("words", [HANG_UP, BREAK])
async def test_nothing_reads_on_after_a_conversation_that_the_service_ended(platform, start, session_id, words):
    async with start(drain_seconds=0) as edge:
        before = asyncio.all_tasks()
        async with conversation(platform, edge.port, session_id) as socket:
            await socket.send(json.dumps({"open": {"session_id": session_id}}))
            await socket.send(json.dumps({"text": {"turn_id": str(uuid.uuid4()), "text": words}}))
            await rest_of(socket)
        async with asyncio.timeout(10):
            while left := [task for task in asyncio.all_tasks() - before if "request" in str(task.get_coro())]:
                await asyncio.wait(left)
