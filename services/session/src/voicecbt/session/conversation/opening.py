"""The first message of a conversation: `open`, and what it settles for the rest."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import NoReturn
from uuid import UUID

from voicecbt.kit.errors import InvalidArgument
from voicecbt.session.profile import Profile
from voicecbt.session.turn.listener import Listener
from voicecbt.session.turn.scope import Manner
from voicecbt.stubs.auth.v1.auth_pb2 import PATIENCE_BRISK, PATIENCE_NORMAL, PATIENCE_PATIENT, Patience
from voicecbt.stubs.session.v1 import session_pb2
from voicecbt.stubs.transcription.v1.transcription_pb2 import ENCODING_OPUS, ENCODING_PCM16, StreamConfig

OPEN_SECONDS = 10.0  # A client that connects knows what it wants.
INPUT_RATE_HZ = 16_000
DEFAULT_OUTPUT_RATE_HZ = 24_000

# Silence that ends an utterance. 0 leaves it to the recogniser, also for LEARNT until pauses are learnt.
SILENCE_MS: dict[Patience.ValueType, int] = {
    PATIENCE_BRISK: 500,
    PATIENCE_NORMAL: 0,
    PATIENCE_PATIENT: 1800,  # People in distress pause in the middle of a sentence.
}


@dataclass(frozen=True, slots=True)
class Opening:
    """What the client asked for, checked."""

    session_id: UUID
    manner: Manner
    last_turn_id: UUID | None
    patience: Patience.ValueType

    def settled(self, profile: Profile) -> "Opening":
        """With the person's own language and patience where the client asked for none."""
        manner = replace(self.manner, language=self.manner.language or profile.language)
        return replace(self, manner=manner, patience=self.patience or profile.patience)

    def input_format(self) -> session_pb2.AudioFormat:
        """What the client must send."""
        return session_pb2.AudioFormat(encoding=ENCODING_PCM16, sample_rate_hz=INPUT_RATE_HZ)

    def output_format(self) -> session_pb2.AudioFormat:
        """What the client will get."""
        return session_pb2.AudioFormat(encoding=ENCODING_PCM16, sample_rate_hz=self.manner.sample_rate_hz)


async def read_opening(requests: AsyncIterator[session_pb2.ConverseRequest], listener: Listener) -> Opening:
    """Waits for `open`. Raises InvalidArgument, after a ProtocolError, for anything else."""
    try:
        async with asyncio.timeout(OPEN_SECONDS):
            first = await anext(requests, None)
    except TimeoutError:
        first = None
    if first is None or first.WhichOneof("request") != "open":
        await refuse(listener, "open", "the first message must be `open`")
    return await _checked(first.open, listener)


async def _checked(request: session_pb2.Open, listener: Listener) -> Opening:
    if request.input.sample_rate_hz not in (0, INPUT_RATE_HZ):
        await refuse(listener, "open.input.sample_rate_hz", f"must be {INPUT_RATE_HZ}")
    for direction, audio in (("input", request.input), ("output", request.output)):
        if audio.encoding == ENCODING_OPUS:
            await refuse(listener, f"open.{direction}.encoding", "only PCM16 is taken so far")
    rate = request.output.sample_rate_hz or DEFAULT_OUTPUT_RATE_HZ
    return Opening(
        session_id=UUID(request.session_id),
        manner=Manner(request.text_only, rate, request.language),
        last_turn_id=UUID(request.last_turn_id) if request.last_turn_id else None,
        patience=request.patience,
    )


def recognition_config(language: str, patience: Patience.ValueType) -> StreamConfig:
    """How the recogniser should listen to this person."""
    return StreamConfig(
        encoding=ENCODING_PCM16,
        sample_rate_hz=INPUT_RATE_HZ,
        language=language,
        end_of_turn_silence_ms=SILENCE_MS.get(patience, 0),
        partials=True,
    )


async def refuse(listener: Listener, field: str, message: str) -> NoReturn:
    """Tells the client which field is wrong, and ends the conversation with INVALID_ARGUMENT."""
    await listener.send(session_pb2.ProtocolError(field=field, message=message))
    raise InvalidArgument(field, message)
