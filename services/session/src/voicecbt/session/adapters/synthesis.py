"""Speaker, by the synthesis service."""

import textwrap
from collections.abc import AsyncGenerator
from contextlib import aclosing

import grpc

from voicecbt.session.adapters.failures import calling
from voicecbt.session.ports import PortFailed
from voicecbt.stubs.synthesis.v1.synthesis_pb2 import SynthesizeRequest
from voicecbt.stubs.synthesis.v1.synthesis_pb2_grpc import SynthesisServiceStub

MAX_CHARACTERS = 1000  # What Synthesize takes; a longer sentence is spoken in parts, broken between words.
SENTENCE_SECONDS = 30.0


class GrpcSpeaker:
    """`Synthesize`, a call a sentence."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = SynthesisServiceStub(channel)

    async def speak(self, text: str, sample_rate_hz: int, voice: str) -> AsyncGenerator[bytes, None]:
        """See Speaker."""
        for part in textwrap.wrap(text, MAX_CHARACTERS):
            request = SynthesizeRequest(text=part, sample_rate_hz=sample_rate_hz, voice=voice)
            async with aclosing(self._in_some_voice(request)) as audio:
                async for chunk in audio:
                    yield chunk

    async def _in_some_voice(self, request: SynthesizeRequest) -> AsyncGenerator[bytes, None]:
        """In the voice asked for; in the default one when it is refused, as one that was taken away is."""
        try:
            async with aclosing(self._audio(request)) as audio:
                async for chunk in audio:
                    yield chunk
        except PortFailed as error:
            if error.status != grpc.StatusCode.INVALID_ARGUMENT.name or not request.voice:
                raise
        else:
            return
        request.ClearField("voice")
        async with aclosing(self._audio(request)) as audio:
            async for chunk in audio:
                yield chunk

    async def _audio(self, request: SynthesizeRequest) -> AsyncGenerator[bytes, None]:
        with calling("synthesis"):
            call = self._stub.Synthesize(request, timeout=SENTENCE_SECONDS)
            try:
                async for response in call:
                    yield response.audio
            finally:
                call.cancel()
