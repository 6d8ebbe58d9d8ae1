"""gRPC to the use cases and back; no rules here."""
# ruff: noqa: N802 - methods are named as the RPCs are

from collections.abc import AsyncIterator, Sequence

import grpc

from voicecbt.stubs.synthesis.v1 import synthesis_pb2 as pb
from voicecbt.stubs.synthesis.v1 import synthesis_pb2_grpc
from voicecbt.synthesis.speaking import Speaking
from voicecbt.synthesis.voices import VoiceInfo

DEFAULT_RATE_HZ = 24_000
DEFAULT_SPEED = 1.0


class SynthesisServicer(synthesis_pb2_grpc.SynthesisServiceServicer):
    """Serves voicecbt.synthesis.v1.SynthesisService."""

    def __init__(self, speaking: Speaking, voices: Sequence[VoiceInfo], model_version: str) -> None:
        self._speaking = speaking
        self._voices = voices
        self._model_version = model_version

    async def Synthesize(
        self,
        request: pb.SynthesizeRequest,
        context: grpc.aio.ServicerContext[pb.SynthesizeRequest, pb.SynthesizeResponse],
    ) -> AsyncIterator[pb.SynthesizeResponse]:
        """See the contract."""
        voice = self._speaking.voice(request.voice)
        rate_hz = request.sample_rate_hz or DEFAULT_RATE_HZ
        async for chunk in self._speaking.speak(request.text, voice, rate_hz, request.speed or DEFAULT_SPEED):
            yield pb.SynthesizeResponse(audio=chunk, sample_rate_hz=rate_hz, model_version=self._model_version)

    async def ListVoices(
        self,
        request: pb.ListVoicesRequest,
        context: grpc.aio.ServicerContext[pb.ListVoicesRequest, pb.ListVoicesResponse],
    ) -> pb.ListVoicesResponse:
        """See the contract."""
        voices = (
            pb.Voice(name=voice.name, language=voice.language, description=voice.description) for voice in self._voices
        )
        return pb.ListVoicesResponse(voices=voices)
