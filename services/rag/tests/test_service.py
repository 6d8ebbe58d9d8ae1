"""The service over gRPC, with its real models and stores."""

from collections.abc import AsyncIterator

import grpc
import pytest

from voicecbt.kit.channels import ChannelFactory
from voicecbt.kit.server import running
from voicecbt.kit.testing.keys import SERVICE_SECRET, TokenMint
from voicecbt.kit.tokens import ServiceTokens
from voicecbt.rag.__main__ import compose
from voicecbt.rag.settings import Settings
from voicecbt.stubs.emotion.v1 import emotion_pb2
from voicecbt.stubs.rag.v1 import knowledge_pb2, knowledge_pb2_grpc, rag_pb2, rag_pb2_grpc

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]


@pytest.fixture
async def channel(settings: Settings, token_mint: TokenMint) -> AsyncIterator[grpc.aio.Channel]:
    factory = ChannelFactory("session", ServiceTokens(SERVICE_SECRET), 1 << 22)
    async with running("rag", settings, compose, signing_keys=token_mint) as server:
        yield factory.channel(server.address)
        await factory.close()


async def _generate(
    channel: grpc.aio.Channel, request: rag_pb2.GenerateReplyRequest
) -> tuple[list[rag_pb2.ReplySentence], rag_pb2.Reply]:
    events = [event async for event in rag_pb2_grpc.RagServiceStub(channel).GenerateReply(request)]
    assert [event.WhichOneof("event") for event in events[:-1]] == ["sentence"] * (len(events) - 1)
    return [event.sentence for event in events[:-1]], events[-1].reply


async def test_a_turn_is_assessed_searched_and_answered(channel: grpc.aio.Channel) -> None:
    rag = rag_pb2_grpc.RagServiceStub(channel)
    text = "I lie awake at night because I worry about my exam"
    assessed = await rag.AssessRisk(rag_pb2.AssessRiskRequest(text=text))
    assert assessed.assessment.level == rag_pb2.RISK_LEVEL_NONE
    found = await rag.Retrieve(rag_pb2.RetrieveRequest(query=text))
    assert 1 <= len(found.passages) <= 4 and found.knowledge_version.startswith("kb-")
    assert [p.score for p in found.passages] == sorted((p.score for p in found.passages), reverse=True)
    emotion = emotion_pb2.EmotionEstimate(
        primary=emotion_pb2.EMOTION_LABEL_ANXIETY, confidence=0.8, severity=emotion_pb2.SEVERITY_MODERATE
    )
    request = rag_pb2.GenerateReplyRequest(
        text=text, risk=assessed.assessment, emotion=emotion, passages=found.passages
    )
    sentences, reply = await _generate(channel, request)
    assert [sentence.index for sentence in sentences] == list(range(len(sentences)))
    assert " ".join(sentence.text for sentence in sentences) == reply.text
    assert reply.generator == "composer" and reply.knowledge_version == found.knowledge_version
    assert reply.protocol.protocol_id == "check_in" and reply.response_id


async def test_danger_brings_the_safety_protocol(channel: grpc.aio.Channel) -> None:
    rag = rag_pb2_grpc.RagServiceStub(channel)
    assessed = await rag.AssessRisk(rag_pb2.AssessRiskRequest(text="I want to kill myself tonight"))
    assert assessed.assessment.level == rag_pb2.RISK_LEVEL_IMMINENT
    assert assessed.assessment.bypass_generation
    request = rag_pb2.GenerateReplyRequest(
        text="I want to kill myself tonight",
        risk=assessed.assessment,
        person=rag_pb2.PersonContext(country="US"),
    )
    _, reply = await _generate(channel, request)
    assert reply.generator == "safety" and "911" in reply.text
    assert reply.helplines[0].phone == "988"


async def test_long_text_and_long_history_are_assessed(channel: grpc.aio.Channel) -> None:
    rag = rag_pb2_grpc.RagServiceStub(channel)
    request = rag_pb2.AssessRiskRequest(
        text="I had a bad day. " * 500, earlier=["I want to die", *["well " * 300] * 40]
    )
    assert (await rag.AssessRisk(request)).assessment.level == rag_pb2.RISK_LEVEL_ELEVATED


async def test_what_may_not_be_said_is_named(channel: grpc.aio.Channel) -> None:
    rag = rag_pb2_grpc.RagServiceStub(channel)
    good = await rag.ValidateReply(rag_pb2.ValidateReplyRequest(reply="I hear you.", text="hm"))
    assert good.valid and not good.reasons
    bad = await rag.ValidateReply(rag_pb2.ValidateReplyRequest(reply="I promise. Just calm down.", text="hm"))
    assert not bad.valid and list(bad.reasons) == ["promise", "blame"]


@pytest.mark.parametrize(
    "request_",
    [
        rag_pb2.RetrieveRequest(query=""),
        rag_pb2.RetrieveRequest(query="x" * 10_001),
        rag_pb2.RetrieveRequest(query="x", limit=21),
    ],
)
async def test_a_bad_request_names_its_field(channel: grpc.aio.Channel, request_: rag_pb2.RetrieveRequest) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await rag_pb2_grpc.RagServiceStub(channel).Retrieve(request_)
    assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT


async def test_people_may_not_call_it(channel: grpc.aio.Channel, settings: Settings, token_mint: TokenMint) -> None:
    async with (
        running("rag", settings, compose, signing_keys=token_mint) as server,
        grpc.aio.insecure_channel(server.address) as plain,
    ):
        stub = rag_pb2_grpc.RagServiceStub(plain)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.AssessRisk(rag_pb2.AssessRiskRequest(text="x"), metadata=token_mint.metadata("someone"))
        assert caught.value.code() == grpc.StatusCode.PERMISSION_DENIED


async def test_versions_are_built_listed_and_switched(channel: grpc.aio.Channel, settings: Settings) -> None:
    knowledge = knowledge_pb2_grpc.KnowledgeServiceStub(channel)
    before = (await knowledge.ListKnowledge(knowledge_pb2.ListKnowledgeRequest())).versions
    assert [version.state for version in before] == [knowledge_pb2.KNOWLEDGE_STATE_ACTIVE]
    article = settings.knowledge_dir / "articles/worry/worry-tree.md"
    article.write_text(article.read_text("utf-8") + "\nA further remark.\n", "utf-8")
    request = knowledge_pb2.BuildKnowledgeRequest(activate=True)
    steps = [step async for step in knowledge.BuildKnowledge(request, timeout=120)]
    assert steps[-1].stage == "done" and steps[-1].version.state == knowledge_pb2.KNOWLEDGE_STATE_ACTIVE
    assert steps[-1].version.built_at.seconds > 0
    back = await knowledge.ActivateKnowledge(knowledge_pb2.ActivateKnowledgeRequest(version=before[0].version))
    assert back.version.state == knowledge_pb2.KNOWLEDGE_STATE_ACTIVE
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await knowledge.ActivateKnowledge(knowledge_pb2.ActivateKnowledgeRequest(version="kb-nothing"))
    assert caught.value.code() == grpc.StatusCode.NOT_FOUND


async def test_broken_content_is_named_and_the_old_version_serves(
    channel: grpc.aio.Channel, settings: Settings
) -> None:
    (settings.knowledge_dir / "responses/breathing.yaml").write_text("- id: 7\n", "utf-8")
    knowledge = knowledge_pb2_grpc.KnowledgeServiceStub(channel)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        [step async for step in knowledge.BuildKnowledge(knowledge_pb2.BuildKnowledgeRequest(), timeout=60)]
    assert caught.value.code() == grpc.StatusCode.FAILED_PRECONDITION
    assert "responses/breathing.yaml: [0].id" in (caught.value.details() or "")
    found = await rag_pb2_grpc.RagServiceStub(channel).Retrieve(rag_pb2.RetrieveRequest(query="panic on the train"))
    assert found.passages


async def test_without_models_text_search_and_replies_go_on(
    settings: Settings, token_mint: TokenMint, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICECBT_MODELS_DIR", str(tmp_path / "no-models"))
    factory = ChannelFactory("session", ServiceTokens(SERVICE_SECRET), 1 << 22)
    async with running("rag", settings, compose, signing_keys=token_mint) as server:
        channel = factory.channel(server.address)
        rag = rag_pb2_grpc.RagServiceStub(channel)
        found = await rag.Retrieve(rag_pb2.RetrieveRequest(query="I had a panic attack on the train"))
        assert found.passages
        risk = rag_pb2.RiskAssessment(level=rag_pb2.RISK_LEVEL_NONE)
        request = rag_pb2.GenerateReplyRequest(text="I had a panic attack on the train", risk=risk)
        _, reply = await _generate(channel, request)
        assert reply.text
        await factory.close()
