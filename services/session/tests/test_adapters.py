"""The gRPC adapters against the fakes' contracts on real sockets."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import grpc
import pytest

from voicecbt.kit.callers import Caller, acting_as
from voicecbt.kit.channels import ChannelFactory
from voicecbt.kit.testing.keys import SERVICE_SECRET
from voicecbt.kit.tokens import ServiceTokens
from voicecbt.session.adapters.auth import GrpcProfiles
from voicecbt.session.adapters.emotion import GrpcEmotionDetector
from voicecbt.session.adapters.journal import GrpcPersonContexts
from voicecbt.session.adapters.rag import GrpcRag
from voicecbt.session.adapters.synthesis import MAX_CHARACTERS, GrpcSpeaker
from voicecbt.session.adapters.transcription import GrpcRecogniser
from voicecbt.session.ports import PortFailed
from voicecbt.session.profile import Profile
from voicecbt.session.testing.servers import VOICE, OtherServices, other_services
from voicecbt.session.turn.budgets import Budgets
from voicecbt.stubs.auth.v1.auth_pb2 import PATIENCE_PATIENT
from voicecbt.stubs.emotion.v1.emotion_pb2 import EMOTION_LABEL_SADNESS
from voicecbt.stubs.rag.v1 import rag_pb2
from voicecbt.stubs.transcription.v1.transcription_pb2 import Flush, StreamConfig, StreamTranscribeRequest

pytestmark = pytest.mark.integration

BUDGETS = Budgets()


@pytest.fixture
async def others() -> AsyncIterator[OtherServices]:
    """All the other services."""
    async with other_services() as started:
        yield started


@pytest.fixture
async def channel(others: OtherServices) -> AsyncIterator[grpc.aio.Channel]:
    """A way to them."""
    async with grpc.aio.insecure_channel(others.address) as opened:
        yield opened


async def test_emotion_and_context(channel: grpc.aio.Channel) -> None:
    estimate = await GrpcEmotionDetector(channel, BUDGETS).detect(b"\x00\x00", "low", "en", uuid4())
    assert estimate.primary == EMOTION_LABEL_SADNESS
    assert (await GrpcPersonContexts(channel, BUDGETS).context_of(uuid4())).mood_score == 4


async def test_rag_assesses_retrieves_and_replies(others: OtherServices, channel: grpc.aio.Channel) -> None:
    rag = GrpcRag(channel, BUDGETS)
    assert (await rag.assess("danger", [str(number) for number in range(60)], "en", None)).bypass_generation
    assert list(others.ports.risks.earlier) == [str(number) for number in range(10, 60)], "the latest 50"
    assert others.ports.risks.known is None
    known = rag_pb2.RiskAssessment(level=rag_pb2.RISK_LEVEL_HIGH, kind=rag_pb2.RISK_KIND_SUICIDE)
    await rag.assess("fine", [], "en", known)
    assert others.ports.risks.known == known
    assert (await rag.retrieve("low", ["one", "two", "three", "four"], "en")).passages
    assert list(others.ports.retriever.earlier) == ["two", "three", "four"], "the latest 3"
    request = rag_pb2.GenerateReplyRequest(text="low", risk=rag_pb2.RiskAssessment(level=rag_pb2.RISK_LEVEL_NONE))
    said = [event async for event in rag.reply(request)]
    assert [type(event).__name__ for event in said] == ["ReplySentence"] * 3 + ["Reply"]


async def test_long_sentence_is_spoken_in_parts(others: OtherServices, channel: grpc.aio.Channel) -> None:
    words = "word " * 500
    chunks = [chunk async for chunk in GrpcSpeaker(channel).speak(words, 16_000, "")]
    assert len(others.ports.speaker.spoken) == 3
    assert all(len(part) <= MAX_CHARACTERS for part in others.ports.speaker.spoken)
    assert len(chunks) == 6


@pytest.mark.parametrize(("asked", "heard"), [(VOICE, VOICE), ("", ""), ("taken away", "")])
async def test_unknown_voice_is_the_default_one(
    others: OtherServices, channel: grpc.aio.Channel, asked: str, heard: str
) -> None:
    chunks = [chunk async for chunk in GrpcSpeaker(channel).speak("low", 16_000, asked)]
    assert len(chunks) == 2
    assert others.ports.speaker.voices == [heard]


async def test_profile_is_that_of_the_person_for_whom_we_act(others: OtherServices) -> None:
    person = uuid4()
    others.ports.profiles.profile = Profile("IE", "en-IE", PATIENCE_PATIENT, emotion_off=True, voice=VOICE)
    channels = ChannelFactory("session", ServiceTokens(SERVICE_SECRET), 1 << 20)
    profiles = GrpcProfiles(channels.channel(others.address), BUDGETS)
    with acting_as(Caller(user_id=str(person))):
        assert await profiles.profile_of(person) == others.ports.profiles.profile
        with pytest.raises(PortFailed, match="auth: SOMEBODY_ELSE"):
            await profiles.profile_of(uuid4())
    await channels.close()


async def test_recogniser_hears(others: OtherServices, channel: grpc.aio.Channel) -> None:
    async def requests() -> AsyncIterator[StreamTranscribeRequest]:
        yield StreamTranscribeRequest(config=StreamConfig())
        yield StreamTranscribeRequest(audio=b"\x01\x00" * 1600)
        yield StreamTranscribeRequest(flush=Flush())

    responses = [response async for response in GrpcRecogniser(channel).listen(requests())]
    assert responses[-1].final.text == others.ports.recogniser.text
    assert responses[-1].final.end_ms == 100


async def test_stream_that_failed_takes_no_more_requests(others: OtherServices) -> None:
    waiting: asyncio.Queue[StreamTranscribeRequest] = asyncio.Queue()

    async def requests() -> AsyncIterator[StreamTranscribeRequest]:
        while True:
            yield await waiting.get()

    others.ports.recogniser.error = PortFailed("transcription", "UNAVAILABLE")
    for request in (StreamTranscribeRequest(audio=b"\x01\x00" * 1600), StreamTranscribeRequest(flush=Flush())):
        waiting.put_nowait(request)
    channels = ChannelFactory("session", ServiceTokens(SERVICE_SECRET), 1 << 20)
    with pytest.raises(PortFailed, match="transcription: UNKNOWN"):
        async for _ in GrpcRecogniser(channels.channel(others.address)).listen(requests()):
            pass
    waiting.put_nowait(StreamTranscribeRequest(flush=Flush()))
    await asyncio.sleep(0)  # Whoever still waits for a request would take it now.
    assert waiting.qsize() == 1
    await channels.close()


async def test_failures_have_a_service_and_a_status_and_no_words(
    others: OtherServices, channel: grpc.aio.Channel
) -> None:
    ports = others.ports
    for part in (ports.emotions, ports.risks, ports.responder, ports.speaker):
        part.error = PortFailed("what somebody said", "secret")
    with pytest.raises(PortFailed) as failed:
        await GrpcEmotionDetector(channel, BUDGETS).detect(b"", "low", "en", uuid4())
    assert str(failed.value) == "emotion: UNKNOWN"
    with pytest.raises(PortFailed, match="rag: UNKNOWN"):
        await GrpcRag(channel, BUDGETS).assess("low", [], "en", None)
    with pytest.raises(PortFailed, match="synthesis: UNKNOWN"):
        await anext(GrpcSpeaker(channel).speak("low", 16_000, ""))


async def test_nobody_there_is_unavailable() -> None:
    async with grpc.aio.insecure_channel("127.0.0.1:1") as nowhere:
        with pytest.raises(PortFailed, match=r"journal: (UNAVAILABLE|DEADLINE_EXCEEDED)"):
            await GrpcPersonContexts(nowhere, BUDGETS).context_of(uuid4())


async def test_assessment_without_a_level_is_none(others: OtherServices, channel: grpc.aio.Channel) -> None:
    others.ports.risks.level_for_all = rag_pb2.RISK_LEVEL_UNSPECIFIED
    with pytest.raises(PortFailed, match="NO_LEVEL"):
        await GrpcRag(channel, BUDGETS).assess("low", [], "en", None)
