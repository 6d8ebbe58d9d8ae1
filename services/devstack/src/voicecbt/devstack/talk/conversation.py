"""One recording played into one session over the public WebSocket, in real time."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import httpx
import websockets

from voicecbt.devstack.talk.recording import FRAME_MS, SAMPLE_RATE_HZ, frames
from voicecbt.kit.audio import Samples
from voicecbt.stubs.session.v1 import session_pb2
from voicecbt.stubs.transcription.v1 import transcription_pb2

OUTPUT_RATE_HZ = 24_000
SUBPROTOCOL = "voicecbt.v1.proto"
ANSWER_SECONDS = 60.0  # More than any stage's own budget: the server gives up, and says so, long before.
MAX_MESSAGE_BYTES = 4 << 20

Show = Callable[[session_pb2.ConverseResponse], None]


class ConversationFailed(Exception):
    """The conversation could not be held; the message says why."""


@dataclass(slots=True)
class Outcome:
    """What the conversation gave. `audio` is PCM16 at OUTPUT_RATE_HZ."""

    completed: list[session_pb2.TurnCompleted] = field(default_factory=list)
    failed: list[session_pb2.TurnFailed] = field(default_factory=list)
    audio: bytearray = field(default_factory=bytearray)
    # Seconds on the monotonic clock: when the last frame was sent, and when the first reply audio came.
    sent_last_frame_at: float = 0.0
    first_audio_at: float | None = None


def start_session(address: str, token: str) -> str:
    """The id of a new session. Raises ConversationFailed."""
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid.uuid4())}
    body = {"session_type": "SESSION_TYPE_VOICE"}
    response = httpx.post(f"{address}/api/v1/sessions", json=body, headers=headers, timeout=20)
    if not response.is_success:
        raise ConversationFailed(response.json().get("detail", response.reason_phrase))
    session_id: str = response.json()["session"]["session_id"]
    return session_id


async def converse(address: str, token: str, session_id: str, samples: Samples, show: Show) -> Outcome:
    """Plays `samples` (mono, 16 kHz) and returns when everything said has been answered. Raises ConversationFailed."""
    url = address.replace("http", "ws", 1) + f"/api/v1/sessions/{session_id}/converse"
    headers = {"Authorization": f"Bearer {token}"}
    try:
        async with websockets.connect(
            url,
            additional_headers=headers,
            subprotocols=[websockets.Subprotocol(SUBPROTOCOL)],
            max_size=MAX_MESSAGE_BYTES,
        ) as socket:
            return await _hold(_Connection(socket), session_id, samples, show)
    except websockets.InvalidStatus as error:
        raise ConversationFailed(f"the platform refused the conversation: HTTP {error.response.status_code}") from error
    except websockets.ConnectionClosed as error:
        raise ConversationFailed(f"the conversation was cut off: {error}") from error


class _Connection:
    """The WebSocket in terms of the contract's messages."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self._socket = socket

    async def send(self, request: session_pb2.ConverseRequest) -> None:
        await self._socket.send(request.SerializeToString())

    async def receive(self) -> AsyncIterator[session_pb2.ConverseResponse]:
        async for data in self._socket:
            if isinstance(data, bytes):
                yield session_pb2.ConverseResponse.FromString(data)


async def _hold(connection: _Connection, session_id: str, samples: Samples, show: Show) -> Outcome:
    outcome, last_turn = Outcome(), str(uuid.uuid4())
    await connection.send(session_pb2.ConverseRequest(open=_opening(session_id)))
    async with asyncio.TaskGroup() as group:
        playing = group.create_task(_play(connection, samples, last_turn, outcome))
        listening = group.create_task(_listen(connection, last_turn, outcome, show))
        await playing
        try:
            await asyncio.wait_for(listening, ANSWER_SECONDS)
        except TimeoutError:
            raise ConversationFailed("the platform did not answer in time") from None
    return outcome


def _opening(session_id: str) -> session_pb2.Open:
    pcm16 = transcription_pb2.ENCODING_PCM16
    return session_pb2.Open(
        session_id=session_id,
        input=session_pb2.AudioFormat(encoding=pcm16, sample_rate_hz=SAMPLE_RATE_HZ),
        output=session_pb2.AudioFormat(encoding=pcm16, sample_rate_hz=OUTPUT_RATE_HZ),
    )


async def _play(connection: _Connection, samples: Samples, last_turn: str, outcome: Outcome) -> None:
    """Sends each frame when a microphone would have it, then says that the speaker is done."""
    started = time.monotonic()
    for number, frame in enumerate(frames(samples)):
        due = started + (number + 1) * FRAME_MS / 1000
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        await connection.send(session_pb2.ConverseRequest(audio=session_pb2.AudioFrame(sequence=number, data=frame)))
    outcome.sent_last_frame_at = time.monotonic()
    await connection.send(session_pb2.ConverseRequest(end_of_speech=session_pb2.EndOfSpeech(turn_id=last_turn)))


async def _listen(connection: _Connection, last_turn: str, outcome: Outcome, show: Show) -> None:
    """Returns when the last turn has been answered and no other is open."""
    running: set[str] = set()
    last_answered = False
    async for message in connection.receive():
        kind = message.WhichOneof("event")
        if not _is_end_after_silence(message, last_turn, bool(running or outcome.completed)):
            show(message)
        if kind == "turn_started":
            running.add(message.turn_id)
        elif kind == "reply_audio":
            await _hear(connection, message, outcome)
        elif kind in {"turn_completed", "turn_failed"}:
            running.discard(message.turn_id)
            last_answered |= message.turn_id == last_turn
            _note(message, outcome)
        elif kind == "error":
            raise ConversationFailed(f"{message.error.field}: {message.error.message}")
        if last_answered and not running:
            return


def _is_end_after_silence(message: session_pb2.ConverseResponse, last_turn: str, spoken: bool) -> bool:
    """Whether it only says that nothing came after an utterance that the silence at the end had finished already."""
    failed = message.turn_failed
    return spoken and message.turn_id == last_turn and failed.reason == "nothing_heard"


async def _hear(connection: _Connection, message: session_pb2.ConverseResponse, outcome: Outcome) -> None:
    audio = message.reply_audio
    if audio.data and outcome.first_audio_at is None:
        outcome.first_audio_at = time.monotonic()
    outcome.audio += audio.data
    if audio.sentence_finished:
        progress = session_pb2.PlaybackProgress(
            turn_id=message.turn_id, sentence_index=audio.sentence_index, sentence_finished=True
        )
        await connection.send(session_pb2.ConverseRequest(playback=progress))


def _note(message: session_pb2.ConverseResponse, outcome: Outcome) -> None:
    if message.HasField("turn_completed"):
        outcome.completed.append(message.turn_completed)
    else:
        outcome.failed.append(message.turn_failed)
