"""The conversation over the WebSocket: both subprotocols, everything that can be wrong, and clients that misbehave."""

import asyncio
import base64
import json
import uuid
from collections.abc import Callable

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from voicecbt.edge.testing.conversation import BREAK, FLOOD, HANG_UP, TAKE_OVER, TRACE_ID
from voicecbt.kit.testing.keys import TokenMint
from voicecbt.stubs.session.v1 import session_pb2

pytestmark = pytest.mark.integration

PROTO, JSON = "voicecbt.v1.proto", "voicecbt.v1.json"
STRANGER = "33333333-3333-4333-8333-333333333333"
Request = session_pb2.ConverseRequest


@pytest.fixture(params=["edge", "envoy"])
def ws_url(request, platform, envoy_url):
    """Both ways in: what a person gets must not differ."""
    url = platform.edge_url if request.param == "edge" else envoy_url
    return url.replace("http", "ws", 1)


@pytest.fixture
async def session_id(edge: httpx.AsyncClient) -> str:
    response = await edge.post("/api/v1/sessions", json={}, headers={"idempotency-key": uuid.uuid4().hex})
    return response.json()["session"]["session_id"]


@pytest.fixture
def conversation(ws_url, platform, session_id):
    """Opens the session's conversation, signed in unless other headers are given."""

    def open_it(subprotocol: str | None = PROTO, path_id: str = session_id, headers=None) -> connect:
        url = f"{ws_url}/api/v1/sessions/{path_id}/converse"
        protocols = [subprotocol] if subprotocol else None
        return connect(
            url, subprotocols=protocols, additional_headers=platform.bearer() if headers is None else headers
        )

    return open_it


def opening(session_id: str) -> bytes:
    return Request(open=session_pb2.Open(session_id=session_id)).SerializeToString()


# Parameters of tests must be the same in every worker that collects them.
FIXED_TURN = "44444444-4444-4444-8444-444444444444"


def text(words: str, turn_id: str = "") -> bytes:
    said = session_pb2.TextInput(turn_id=turn_id or str(uuid.uuid4()), text=words)
    return Request(text=said).SerializeToString()


async def event(socket: ClientConnection) -> session_pb2.ConverseResponse:
    return session_pb2.ConverseResponse.FromString(await socket.recv())


async def closed(socket: ClientConnection) -> tuple[int, str]:
    """Reads until the end; how it ended."""
    with pytest.raises(ConnectionClosed) as error:
        while True:
            await socket.recv()
    assert error.value.rcvd is not None
    return error.value.rcvd.code, error.value.rcvd.reason


async def test_a_conversation_in_proto(conversation, session_id):
    async with conversation() as socket:
        assert socket.subprotocol == PROTO
        await socket.send(opening(session_id))
        assert (await event(socket)).opened.session.session_id == session_id
        frame = session_pb2.AudioFrame(sequence=7, data=bytes(640))
        await socket.send(Request(audio=frame).SerializeToString())
        heard = await event(socket)
        assert (heard.sequence, heard.speech_started.offset_ms) == (7, 640)
        await socket.send(text("hello"))
        kinds = [(await event(socket)).WhichOneof("event") for _ in range(3)]
        assert kinds == ["turn_started", "reply_delta", "turn_completed"]


async def test_a_conversation_in_json(conversation, session_id):
    async with conversation(JSON) as socket:
        assert socket.subprotocol == JSON
        await socket.send(json.dumps({"open": {"session_id": session_id}}))
        assert json.loads(await socket.recv())["opened"]["session"]["session_id"] == session_id
        frame = {"sequence": 7, "data": base64.b64encode(bytes(640)).decode()}
        await socket.send(json.dumps({"audio": frame}))
        heard = json.loads(await socket.recv())
        assert heard["sequence"] == 7
        assert heard["speech_started"] == {"offset_ms": 640}


async def test_the_service_may_end_it(conversation, session_id):
    async with conversation() as socket:
        await socket.send(opening(session_id))
        await socket.send(text(HANG_UP))
        assert await closed(socket) == (1000, "the conversation is over")


async def test_each_turn_names_the_edge_in_its_trace(conversation, session_id, spans):
    async with conversation() as socket:
        await socket.send(opening(session_id))
        await socket.send(text("hello"))
        while (await event(socket)).WhichOneof("event") != "turn_completed":
            pass
    ours = [span for span in spans.get_finished_spans() if span.name == "edge.turn"]
    assert f"{ours[-1].context.trace_id:032x}" == TRACE_ID
    assert ours[-1].attributes == {"voicecbt.outcome": "turn_completed"}


@pytest.mark.parametrize(
    ("subprotocol", "message", "code"),
    [
        (PROTO, text("no opening", FIXED_TURN), 1008),
        (PROTO, opening(STRANGER), 1008),
        (PROTO, "text where binary is expected", 1003),
        (PROTO, b"\xff\xff\xff garbage", 1003),
        (PROTO, b"", 1003),
        (JSON, opening(STRANGER), 1003),
        (JSON, "{", 1003),
        (JSON, "{}", 1003),
        (JSON, '{"opn": {}}', 1003),
        (JSON, '{"text": {"turn_id": 1}}', 1003),
        (JSON, '{"text": {"text": "no opening", "turn_id": "33333333-3333-4333-8333-333333333333"}}', 1008),
    ],
)
async def test_a_wrong_first_message_ends_it(conversation, subprotocol, message, code):
    async with conversation(subprotocol) as socket:
        await socket.send(message)
        assert (await closed(socket))[0] == code


async def test_the_wrong_field_is_named(conversation):
    async with conversation(JSON) as socket:
        await socket.send('{"open": {"sesion_id": "x"}}')
        code, reason = await closed(socket)
        assert code == 1003
        assert "open.sesion_id" in reason


async def test_garbage_later_ends_it_too(conversation, session_id):
    async with conversation() as socket:
        await socket.send(opening(session_id))
        await event(socket)
        await socket.send(b"\xff\xff\xff")
        assert (await closed(socket))[0] == 1003


async def test_a_message_that_breaks_the_rules_is_refused_by_field(conversation, session_id):
    async with conversation() as socket:
        await socket.send(opening(session_id))
        too_long = session_pb2.TextInput(turn_id=str(uuid.uuid4()), text="a" * 5001)
        await socket.send(Request(text=too_long).SerializeToString())
        code, reason = await closed(socket)
        assert code == 1008
        assert "text.text" in reason


async def test_a_frame_that_is_too_big_ends_it(conversation, session_id):
    async with conversation() as socket:
        await socket.send(opening(session_id))
        await socket.send(bytes(65 << 10))
        assert (await closed(socket))[0] == 1009


async def test_somebody_elses_session_looks_unknown(conversation, session_id, platform):
    for path_id, user_id in ((session_id, STRANGER), (str(uuid.uuid4()), STRANGER)):
        async with conversation(path_id=path_id, headers=platform.bearer(user_id)) as socket:
            await socket.send(opening(path_id))
            assert await closed(socket) == (4404, "no such session")


async def test_a_conversation_that_was_opened_elsewhere_is_over(conversation, session_id):
    async with conversation() as socket:
        await socket.send(opening(session_id))
        await socket.send(text(TAKE_OVER))
        assert await closed(socket) == (1000, "the conversation was opened elsewhere")


async def test_a_service_that_breaks_is_told(conversation, session_id):
    async with conversation() as socket:
        await socket.send(opening(session_id))
        await socket.send(text(BREAK))
        assert (await closed(socket))[0] == 1013


async def test_without_a_valid_token_there_is_no_upgrade(conversation, platform):
    forger = TokenMint()
    for headers in ({}, {"authorization": "Bearer ü".encode().decode("latin-1")}):
        with pytest.raises(InvalidStatus) as refused:
            async with conversation(headers=headers):
                pass
        assert refused.value.response.status_code == 401
        assert json.loads(refused.value.response.body)["title"] == "Unauthorized"
    assert forger.kid != platform.mint.kid


async def test_a_token_that_the_service_refuses_ends_it(platform, session_id):
    url = platform.edge_url.replace("http", "ws", 1) + f"/api/v1/sessions/{session_id}/converse"
    for token in (TokenMint().token(STRANGER), platform.mint.token(STRANGER, lifetime_seconds=-3600)):
        headers = {"authorization": f"Bearer {token}"}
        async with connect(url, subprotocols=[PROTO], additional_headers=headers) as socket:
            await socket.send(opening(session_id))
            assert (await closed(socket))[0] == 1008


@pytest.mark.parametrize("offered", [None, "voicecbt.v2.proto"])
async def test_an_unknown_subprotocol_is_refused(conversation, offered):
    with pytest.raises(InvalidStatus) as refused:
        async with conversation(offered):
            pass
    assert refused.value.response.status_code == 400
    assert "voicecbt.v1.proto" in json.loads(refused.value.response.body)["detail"]


async def test_an_address_that_is_no_session_is_refused(conversation):
    with pytest.raises(InvalidStatus) as refused:
        async with conversation(path_id="nonsense"):
            pass
    assert refused.value.response.status_code == 400


async def test_a_cookie_needs_one_of_our_own_pages(conversation, platform, ws_url, session_id):
    cookie = {"cookie": f"voicecbt_access={platform.mint.token('11111111-1111-4111-8111-111111111111')}"}
    for origin in ({}, {"origin": "https://elsewhere.example"}):
        with pytest.raises(InvalidStatus) as refused:
            async with conversation(headers={**cookie, **origin}):
                pass
        assert refused.value.response.status_code == 403
    own = {"origin": ws_url.replace("ws", "http", 1)}
    async with conversation(headers={**cookie, **own}) as socket:
        await socket.send(opening(session_id))
        assert (await event(socket)).WhichOneof("event") == "opened"


async def until(holds: Callable[[], bool]) -> None:
    """The services live in another thread, whose loop's events cannot be awaited here."""
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_a_client_that_never_reads_is_cut_off(platform, session_id):
    """The service floods it; nothing may pile up here, and the service must be let go."""
    url = platform.edge_url.replace("http", "ws", 1) + f"/api/v1/sessions/{session_id}/converse"
    session = platform.services.session
    before, headers = session.live_conversations, platform.bearer()
    async with connect(url, subprotocols=[PROTO], additional_headers=headers, max_queue=1, close_timeout=0.1) as socket:
        await socket.send(opening(session_id))
        await socket.send(text(FLOOD))
        await until(lambda: session.live_conversations > before)
        await until(lambda: session.live_conversations == before)


async def test_a_client_that_vanishes_lets_the_service_go(conversation, platform, session_id):
    session = platform.services.session
    before = session.live_conversations
    async with conversation() as socket:
        await socket.send(opening(session_id))
        await event(socket)
        assert session.live_conversations == before + 1
        socket.transport.abort()
    await until(lambda: session.live_conversations == before)
