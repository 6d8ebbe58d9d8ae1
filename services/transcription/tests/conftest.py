"""Real models, a running service, and speech to try them on, spoken by the synthesiser."""

import asyncio
import functools
import io
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import grpc
import hypothesis
import numpy as np
import pytest
import soundfile
import soxr
from hibari import Hibari
from numpy.typing import NDArray

from voicecbt.kit.audio import float_to_pcm16
from voicecbt.kit.channels import ChannelFactory
from voicecbt.kit.server import Application, Runtime, running
from voicecbt.kit.testing.keys import SERVICE_SECRET, TokenMint
from voicecbt.kit.tokens import ServiceTokens
from voicecbt.models.store import ModelStore
from voicecbt.stubs.transcription.v1 import transcription_pb2 as pb
from voicecbt.stubs.transcription.v1 import transcription_pb2_grpc
from voicecbt.transcription.__main__ import Models, assemble, load_models, thread_pools
from voicecbt.transcription.settings import Settings

# How long an example takes says nothing on a busy machine.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

RATE_HZ = 16_000
Samples = NDArray[np.float32]
Say = Callable[[str], Samples]
Events = list[pb.StreamTranscribeResponse]


@pytest.fixture(scope="session")
def models() -> Models:
    """The models that the service runs with."""
    return load_models(Settings(service_secret=SERVICE_SECRET), ModelStore())


@pytest.fixture(scope="session")
def say() -> Say:
    """Speaks text: 16 kHz samples, always the same for the same text."""
    voice = Hibari()

    @functools.cache
    def spoken(text: str) -> Samples:
        return soxr.resample(voice(text, seed=1), voice.sample_rate, RATE_HZ)

    return spoken


@pytest.fixture
def silence() -> Callable[[float], Samples]:
    """Seconds of digital silence."""
    return lambda seconds: np.zeros(int(seconds * RATE_HZ), dtype=np.float32)


@pytest.fixture
def file_of() -> Callable[..., bytes]:
    """Samples (frames, or frames by channels) as the bytes of an audio file."""

    def encoded(samples: Samples, rate_hz: int = RATE_HZ, form: str = "WAV", subtype: str = "PCM_16") -> bytes:
        buffer = io.BytesIO()
        soundfile.write(buffer, samples, rate_hz, format=form, subtype=subtype)
        return buffer.getvalue()

    return encoded


class Client:
    """Calls a running transcription service as another service would."""

    def __init__(self, address: str) -> None:
        self.factory = ChannelFactory("session", ServiceTokens(SERVICE_SECRET), 40 << 20)
        self.stub = transcription_pb2_grpc.TranscriptionServiceStub(self.factory.channel(address))
        # Without interceptors: a cancelled call is then really cancelled on the wire.
        self.plain = grpc.aio.insecure_channel(address)

    async def transcribe(self, audio: bytes, **fields: object) -> pb.TranscribeResponse:
        """The unary RPC."""
        return await self.stub.Transcribe(pb.TranscribeRequest(audio=audio, **fields), timeout=100)

    async def stream(self, requests: Sequence[pb.StreamTranscribeRequest]) -> Events:
        """Send all, half-close, and read to the end."""
        call = self.stub.StreamTranscribe(_paced(requests), timeout=100)
        return [event async for event in call]

    def abandonable(self, audio: bytes) -> grpc.aio.UnaryUnaryCall:
        """A unary call that can be cancelled."""
        token = (("voicecbt-service-token", ServiceTokens(SERVICE_SECRET).issue("session")),)
        stub = transcription_pb2_grpc.TranscriptionServiceStub(self.plain)
        return stub.Transcribe(pb.TranscribeRequest(audio=audio, language="en"), metadata=token)

    async def refused(self, requests: Sequence[pb.StreamTranscribeRequest]) -> grpc.aio.AioRpcError:
        """The error that a stream ends with."""
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await self.stream(requests)
        return raised.value


async def _paced(requests: Sequence[pb.StreamTranscribeRequest]) -> AsyncIterator[pb.StreamTranscribeRequest]:
    for request in requests:
        yield request
        await asyncio.sleep(0)


@pytest.fixture
async def client(models: Models) -> AsyncIterator[Client]:
    """A client of a service that runs with the session's models."""
    settings = Settings(service_secret=SERVICE_SECRET)

    @asynccontextmanager
    async def compose(settings: Settings, runtime: Runtime) -> AsyncIterator[Application]:
        with thread_pools(settings) as pools:
            yield assemble(settings, models, pools)

    async with running("transcription", settings, compose, TokenMint()) as server:
        client = Client(server.address)
        yield client
        await client.plain.close()
        await client.factory.close()


@pytest.fixture
def talk() -> Callable[..., list[pb.StreamTranscribeRequest]]:
    """The messages of a stream: its configuration, then the samples in pieces of `ms` milliseconds."""

    def messages(
        samples: Samples, ms: int = 20, rate_hz: int = RATE_HZ, **config: object
    ) -> list[pb.StreamTranscribeRequest]:
        pcm = float_to_pcm16(samples)
        step = rate_hz * ms // 1000 * 2
        opening = pb.StreamConfig(encoding=pb.ENCODING_PCM16, sample_rate_hz=rate_hz, language="en", **config)
        pieces = (pcm[at : at + step] for at in range(0, len(pcm), step))
        audio = [pb.StreamTranscribeRequest(audio=piece) for piece in pieces]
        return [pb.StreamTranscribeRequest(config=opening), *audio]

    return messages


@pytest.fixture
def flush() -> pb.StreamTranscribeRequest:
    """The message that ends an utterance."""
    return pb.StreamTranscribeRequest(flush=pb.Flush())
