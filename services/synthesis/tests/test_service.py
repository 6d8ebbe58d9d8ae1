"""The synthesis service over real gRPC, with the real voice."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import grpc
import numpy as np
import pytest

from voicecbt.kit.testing.keys import SERVICE_SECRET
from voicecbt.models.store import ModelStore
from voicecbt.stubs.synthesis.v1 import synthesis_pb2 as pb
from voicecbt.synthesis.__main__ import NoSuchVoice, assemble, load
from voicecbt.synthesis.settings import Settings

pytestmark = pytest.mark.integration

TEXT = "That sounds really hard. What went through your mind just then?"


@pytest.mark.parametrize(("asked_hz", "got_hz"), [(0, 24_000), (16_000, 16_000), (24_000, 24_000)])
async def test_speech_comes_in_short_chunks_at_the_rate_asked_for(client, asked_hz, got_hz):
    chunks = await client.chunks(TEXT, sample_rate_hz=asked_hz)
    assert {chunk.sample_rate_hz for chunk in chunks} == {got_hz}
    assert all(0 < len(chunk.audio) <= got_hz * 2 // 5 for chunk in chunks)
    assert all(chunk.model_version.startswith("hibari-tts/") for chunk in chunks)


async def test_it_is_speech_loud_enough_and_not_clipped(client):
    samples = await client.samples(TEXT)
    assert 2.0 < samples.size / 24_000 < 8.0
    assert 0.05 < np.abs(samples).max() < 0.9


async def test_the_same_text_sounds_the_same(client):
    np.testing.assert_array_equal(await client.samples(TEXT), await client.samples(TEXT))


async def test_speed_changes_the_length(client):
    slow, fast = [(await client.samples(TEXT, speed=speed)).size for speed in (0.7, 1.5)]
    assert slow > fast * 1.4


async def test_voices_are_listed_and_can_be_asked_for(client):
    listed = await client.stub.ListVoices(pb.ListVoicesRequest())
    names = [voice.name for voice in listed.voices]
    assert "heart" in names
    assert listed.voices[0].language == "en-US"
    assert (await client.samples("Hello.", voice=names[0])).size


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"text": ""}, "text"),
        ({"text": "x" * 1001}, "text"),
        ({"text": "..."}, "nothing that can be said"),
        ({"text": "\N{PARTY POPPER}"}, "nothing that can be said"),
        ({"text": "Hello.", "voice": "nobody"}, "voice"),
        ({"text": "Hello.", "speed": 3.0}, "speed"),
        ({"text": "Hello.", "sample_rate_hz": 44_100}, "sample_rate_hz"),
    ],
)
async def test_what_breaks_the_contract_is_refused_and_said_why(client, fields, complaint):
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await client.chunks(**fields)
    assert raised.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert complaint in raised.value.details()


async def test_a_caller_that_goes_away_leaves_the_service_working(client):
    call = client.stub.Synthesize(pb.SynthesizeRequest(text="This is a long sentence. " * 40), timeout=30)
    await call.read()
    call.cancel()
    assert (await client.samples("Hello.")).size


async def test_several_passages_at_once_do_not_mix(client):
    alone = await client.samples(TEXT)
    together = await asyncio.gather(*(client.samples(TEXT) for _ in range(4)))
    for each in together:
        np.testing.assert_array_equal(each, alone)


async def test_readiness_is_a_real_synthesis(voices):
    with ThreadPoolExecutor(1) as executor:
        application = assemble(Settings(service_secret=SERVICE_SECRET), voices, executor)
        assert await application.ready()
    # Without its thread the voice cannot speak, and readiness must not say that it can.
    with pytest.raises(RuntimeError):
        await assemble(Settings(service_secret=SERVICE_SECRET), voices, executor).ready()


def test_a_default_voice_that_is_not_installed_ends_the_start():
    with pytest.raises(NoSuchVoice, match="heart"):
        load(Settings(service_secret=SERVICE_SECRET, default_voice="nobody"), ModelStore())
