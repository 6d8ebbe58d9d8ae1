"""The service over a real socket, with real service tokens."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from voicecbt.emotion.__main__ import compose
from voicecbt.emotion.settings import Settings
from voicecbt.kit.audio import float_to_pcm16
from voicecbt.kit.channels import ChannelFactory
from voicecbt.kit.server import running
from voicecbt.kit.testing.keys import SERVICE_SECRET
from voicecbt.kit.tokens import ServiceTokens
from voicecbt.stubs.emotion.v1 import emotion_pb2 as pb
from voicecbt.stubs.emotion.v1.emotion_pb2_grpc import EmotionServiceStub

pytestmark = pytest.mark.integration


@asynccontextmanager
async def serving(**settings: object) -> AsyncIterator[EmotionServiceStub]:
    async with running("emotion", Settings(service_secret=SERVICE_SECRET, **settings), compose) as server:
        channels = ChannelFactory("session", ServiceTokens(SERVICE_SECRET), 36 << 20)
        yield EmotionServiceStub(channels.channel(server.address))
        await channels.close()


@pytest.fixture
async def stub() -> AsyncIterator[EmotionServiceStub]:
    async with serving() as made:
        yield made


async def refusal(call) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value


def named_fields(error: grpc.aio.AioRpcError) -> set[str]:
    detail = error_details_pb2.BadRequest()
    assert rpc_status.from_call(error).details[0].Unpack(detail)
    return {violation.field for violation in detail.field_violations}


@pytest.mark.parametrize("rate_hz", [8000, 16000, 44100, 48000])
async def test_voice_and_words_at_any_rate(stub, voice, rate_hz):
    audio = float_to_pcm16(voice(rate_hz=rate_hz))
    request = pb.DetectEmotionRequest(
        audio=audio, sample_rate_hz=rate_hz, text="I feel so anxious", language="en", user_id=str(uuid.uuid4())
    )
    estimate = (await stub.DetectEmotion(request)).estimate
    assert (estimate.primary, estimate.abstained) == (pb.EMOTION_LABEL_ANXIETY, False)
    assert estimate.method == pb.METHOD_HEURISTIC
    assert {each.modality for each in estimate.modalities} == {pb.MODALITY_SPEECH, pb.MODALITY_TEXT}


@pytest.mark.parametrize(
    "request_", [pb.DetectEmotionRequest(audio=bytes(32000)), pb.DetectEmotionRequest(text="Der Zug kommt um drei an.")]
)
async def test_what_tells_nothing_abstains(stub, request_):
    estimate = (await stub.DetectEmotion(request_)).estimate
    assert (estimate.abstained, estimate.primary) == (True, pb.EMOTION_LABEL_NEUTRAL)
    assert len(estimate.probabilities) == 11


@pytest.mark.parametrize(
    ("request_", "fields"),
    [
        (pb.DetectEmotionRequest(), {"audio", "text"}),
        (pb.DetectEmotionRequest(text="   "), {"audio", "text"}),
        (pb.DetectEmotionRequest(audio=b"\0\0\0"), {"audio"}),
        (pb.DetectEmotionRequest(audio=bytes(1_920_002)), {"audio"}),
        (pb.DetectEmotionRequest(text="x" * 10_001), {"text"}),
        (pb.DetectEmotionRequest(text="sad", sample_rate_hz=96000), {"sample_rate_hz"}),
        (pb.DetectEmotionRequest(text="sad", sample_rate_hz=7999), {"sample_rate_hz"}),
        (pb.DetectEmotionRequest(text="sad", user_id="me"), {"user_id"}),
    ],
)
async def test_a_wrong_field_is_named(stub, request_, fields):
    error = await refusal(stub.DetectEmotion(request_))
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert named_fields(error) == fields


async def test_a_refusal_does_not_repeat_what_was_said(stub):
    error = await refusal(stub.DetectEmotion(pb.DetectEmotionRequest(audio=b"abc", text="my secret")))
    assert "secret" not in str(error.details())


async def test_switched_off_it_refuses_and_says_why():
    async with serving(enabled=False) as stub:
        error = await refusal(stub.DetectEmotion(pb.DetectEmotionRequest(text="I am sad")))
    info = error_details_pb2.ErrorInfo()
    assert rpc_status.from_call(error).details[0].Unpack(info)
    assert (error.code(), info.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "EMOTION_OFF")


async def test_many_at_once_are_all_answered(stub, voice):
    request = pb.DetectEmotionRequest(audio=float_to_pcm16(voice(seconds=1)), text="I am happy")
    responses = await asyncio.gather(*(stub.DetectEmotion(request) for _ in range(20)))
    assert {response.estimate.primary for response in responses} == {pb.EMOTION_LABEL_JOY}
    assert len({response.SerializeToString() for response in responses}) == 1


async def test_a_person_may_not_ask(token_mint):
    request = pb.DetectEmotionRequest(text="I am sad")
    async with (
        running("emotion", Settings(service_secret=SERVICE_SECRET), compose, token_mint) as server,
        grpc.aio.insecure_channel(server.address) as channel,
    ):
        call = EmotionServiceStub(channel).DetectEmotion(request, metadata=token_mint.metadata(str(uuid.uuid4())))
        assert (await refusal(call)).code() == grpc.StatusCode.PERMISSION_DENIED


def test_settings_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("VOICECBT_EMOTION_ENABLED", "false")
    monkeypatch.setenv("VOICECBT_EMOTION_THREADS", "3")
    monkeypatch.setenv("VOICECBT_SERVICE_SECRET", SERVICE_SECRET)
    settings = Settings()
    assert (settings.enabled, settings.threads) == (False, 3)
    assert SERVICE_SECRET not in str(settings.masked())
