"""The contract's messages as domain values, and back."""

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from voicecbt.rag.domain import (
    BuildProgress,
    Emotion,
    Feeling,
    Helpline,
    KnowledgeVersion,
    Passage,
    ProtocolPosition,
    Reply,
    ReplyRequest,
    RiskAssessment,
    RiskCue,
    RiskKind,
    RiskLevel,
    Severity,
    Utterance,
)
from voicecbt.stubs.emotion.v1 import emotion_pb2
from voicecbt.stubs.rag.v1 import knowledge_pb2, rag_pb2

_EMOTION_PREFIX = "EMOTION_LABEL_"
_SEVERITY_PREFIX = "SEVERITY_"


def assessment_to_proto(assessment: RiskAssessment) -> rag_pb2.RiskAssessment:
    """An assessment for the wire."""
    return rag_pb2.RiskAssessment(
        level=rag_pb2.RiskLevel.ValueType(assessment.level),
        kind=rag_pb2.RiskKind.ValueType(assessment.kind),
        cues=[
            rag_pb2.RiskCue(
                rule_id=cue.rule_id,
                kind=rag_pb2.RiskKind.ValueType(cue.kind),
                level=rag_pb2.RiskLevel.ValueType(cue.level),
            )
            for cue in assessment.cues
        ],
        bypass_generation=assessment.bypass_generation,
        policy_version=assessment.policy_version,
    )


def assessment_from_proto(message: rag_pb2.RiskAssessment) -> RiskAssessment:
    """An assessment from the wire. One without a level failed somewhere: it counts as ELEVATED."""
    level = _level(message.level)
    return RiskAssessment(
        level=level,
        kind=_kind(message.kind),
        cues=tuple(_cue(cue) for cue in message.cues),
        bypass_generation=message.bypass_generation,
        policy_version=message.policy_version,
    )


def _cue(message: rag_pb2.RiskCue) -> RiskCue:
    kind = _kind(message.kind)
    return RiskCue(message.rule_id, kind, _level(message.level))


def _kind(value: int) -> RiskKind:
    return next((kind for kind in RiskKind if kind == value), RiskKind.UNSPECIFIED)


def _level(value: int) -> RiskLevel:
    return next((level for level in RiskLevel if level == value), RiskLevel.ELEVATED)


def passage_to_proto(passage: Passage) -> rag_pb2.Passage:
    """A passage for the wire."""
    return rag_pb2.Passage(
        document_id=passage.document_id,
        title=passage.title,
        category=passage.category,
        technique=passage.technique,
        text=passage.text,
        score=passage.score,
        sources=passage.sources,
    )


def _passage(message: rag_pb2.Passage) -> Passage:
    return Passage(
        document_id=message.document_id,
        title=message.title,
        category=message.category,
        technique=message.technique,
        text=message.text,
        score=message.score,
        sources=tuple(message.sources),
    )


def request_from_proto(message: rag_pb2.GenerateReplyRequest) -> ReplyRequest:
    """What a generator may look at."""
    return ReplyRequest(
        text=message.text,
        risk=assessment_from_proto(message.risk),
        history=tuple(_utterance(each) for each in message.history),
        feeling=_feeling(message.emotion),
        passages=tuple(_passage(each) for each in message.passages),
        protocol=ProtocolPosition(message.protocol.protocol_id, message.protocol.state_id),
        mood_score=message.person.mood_score,
        country=message.person.country,
        language=message.language,
    )


def _utterance(message: rag_pb2.Utterance) -> Utterance:
    by_person = message.speaker == rag_pb2.SPEAKER_PERSON
    return Utterance(by_person, message.text, message.technique, message.response_id)


def _feeling(message: emotion_pb2.EmotionEstimate) -> Feeling:
    if message.abstained or message.primary == emotion_pb2.EMOTION_LABEL_UNSPECIFIED:
        return Feeling()
    name = emotion_pb2.EmotionLabel.Name(message.primary).removeprefix(_EMOTION_PREFIX).lower()
    severity = emotion_pb2.Severity.Name(message.severity).removeprefix(_SEVERITY_PREFIX).lower()
    return Feeling(
        next((each for each in Emotion if each == name), None),
        next((each for each in Severity if each == severity), None),
    )


def reply_to_proto(reply: Reply) -> rag_pb2.Reply:
    """A whole reply for the wire."""
    return rag_pb2.Reply(
        text=reply.text,
        technique=reply.technique,
        citations=[
            rag_pb2.Citation(document_id=each.document_id, title=each.title, sources=each.sources)
            for each in reply.citations
        ],
        protocol=rag_pb2.ProtocolState(protocol_id=reply.protocol.protocol_id, state_id=reply.protocol.state_id),
        helplines=[_helpline(each) for each in reply.helplines],
        generator=reply.generator,
        knowledge_version=reply.knowledge_version,
        response_id=reply.response_id,
        risk=assessment_to_proto(reply.risk) if reply.risk else None,
    )


def _helpline(helpline: Helpline) -> rag_pb2.Helpline:
    return rag_pb2.Helpline(
        name=helpline.name, phone=helpline.phone, text=helpline.text, url=helpline.url, hours=helpline.hours
    )


def version_to_proto(version: KnowledgeVersion) -> knowledge_pb2.KnowledgeVersion:
    """A knowledge version for the wire."""
    built_at = Timestamp()
    built_at.FromDatetime(datetime.fromtimestamp(version.built_at, UTC))
    return knowledge_pb2.KnowledgeVersion(
        version=version.version,
        state=knowledge_pb2.KnowledgeState.ValueType(version.state),
        articles=version.articles,
        responses=version.responses,
        embedding_model=version.embedding_model,
        built_at=built_at,
        recall_at_5=version.recall_at_5,
    )


def progress_to_proto(progress: BuildProgress) -> knowledge_pb2.BuildKnowledgeResponse:
    """A step of a build for the wire."""
    return knowledge_pb2.BuildKnowledgeResponse(
        stage=progress.stage,
        done=progress.done,
        total=progress.total,
        version=version_to_proto(progress.version) if progress.version else None,
    )
