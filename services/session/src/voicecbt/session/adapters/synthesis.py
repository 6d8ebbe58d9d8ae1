"""Speaker, by the synthesis service."""

import textwrap
from collections.abc import AsyncGenerator

import grpc

from voicecbt.session.adapters.failures import calling
from voicecbt.stubs.synthesis.v1.synthesis_pb2 import SynthesizeRequest
from voicecbt.stubs.synthesis.v1.synthesis_pb2_grpc import SynthesisServiceStub

MAX_CHARACTERS = 1000  # What Synthesize takes; a longer sentence is spoken in parts, broken between words.
SENTENCE_SECONDS = 30.0


class GrpcSpeaker:
    """`Synthesize`, a call a sentence."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = SynthesisServiceStub(channel)

    async def speak(self, text: str, sample_rate_hz: int) -> AsyncGenerator[bytes, None]:
        """See Speaker."""
        for part in textwrap.wrap(text, MAX_CHARACTERS):
            request = SynthesizeRequest(text=part, sample_rate_hz=sample_rate_hz)
            with calling("synthesis"):
                call = self._stub.Synthesize(request, timeout=SENTENCE_SECONDS)
                try:
                    async for response in call:
                        yield response.audio
                finally:
                    call.cancel()
