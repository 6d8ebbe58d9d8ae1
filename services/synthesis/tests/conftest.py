"""The real voice and a running service."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import hypothesis
import numpy as np
import pytest

from voicecbt.kit.audio import pcm16_to_float
from voicecbt.kit.channels import ChannelFactory
from voicecbt.kit.server import Application, Runtime, running
from voicecbt.kit.testing.keys import SERVICE_SECRET, TokenMint
from voicecbt.kit.tokens import ServiceTokens
from voicecbt.models.store import ModelStore
from voicecbt.stubs.synthesis.v1 import synthesis_pb2 as pb
from voicecbt.stubs.synthesis.v1 import synthesis_pb2_grpc
from voicecbt.synthesis.__main__ import Voices, assemble, load
from voicecbt.synthesis.settings import Settings

# How long an example takes says nothing on a busy machine.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(scope="session")
def voices() -> Voices:
    """The voices that the service runs with."""
    return load(Settings(service_secret=SERVICE_SECRET), ModelStore())


class Client:
    """Calls a running synthesis service as another service would."""

    def __init__(self, address: str) -> None:
        self.factory = ChannelFactory("session", ServiceTokens(SERVICE_SECRET), 4 << 20)
        self.stub = synthesis_pb2_grpc.SynthesisServiceStub(self.factory.channel(address))

    async def chunks(self, text: str, **fields: object) -> list[pb.SynthesizeResponse]:
        """All that Synthesize answers."""
        call = self.stub.Synthesize(pb.SynthesizeRequest(text=text, **fields), timeout=60)
        return [response async for response in call]

    async def samples(self, text: str, **fields: object) -> np.ndarray:
        """What Synthesize says, as float samples."""
        return pcm16_to_float(b"".join(chunk.audio for chunk in await self.chunks(text, **fields)))


@pytest.fixture
async def client(voices: Voices) -> AsyncIterator[Client]:
    """A client of a service that runs with the session's voices."""
    settings = Settings(service_secret=SERVICE_SECRET)

    @asynccontextmanager
    async def compose(settings: Settings, runtime: Runtime) -> AsyncIterator[Application]:
        with ThreadPoolExecutor(1) as executor:
            yield assemble(settings, voices, executor)

    async with running("synthesis", settings, compose, TokenMint()) as server:
        client = Client(server.address)
        yield client
        await client.factory.close()
