"""The other services as they ought to be: each answers after `delay` seconds, or fails with `error` when one is set."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from voicecbt.session.ports import PortFailed
from voicecbt.session.profile import Profile
from voicecbt.stubs.emotion.v1.emotion_pb2 import EMOTION_LABEL_SADNESS, EmotionEstimate, EmotionProbability
from voicecbt.stubs.rag.v1 import rag_pb2
from voicecbt.stubs.transcription.v1.transcription_pb2 import (
    FinalTranscript,
    SpeechStarted,
    SpeechStopped,
    StreamConfig,
    StreamTranscribeRequest,
    StreamTranscribeResponse,
)

BYTES_PER_MS = 32  # 16 kHz mono PCM16.
END_OF_TURN_SILENCE_MS = 400
CHUNK = b"\x01\x00" * 4800  # 200 ms at 24 kHz.


@dataclass(slots=True)
class Behaviour:
    """How one fake behaves. Change it between or during turns."""

    delay: float = 0.0
    error: PortFailed | None = None
    calls: int = 0

    async def happen(self) -> None:
        """One call."""
        self.calls += 1
        if self.delay:
            await asyncio.sleep(self.delay)
        if self.error is not None:
            raise self.error


@dataclass(slots=True)
class FakeEmotions(Behaviour):
    """Finds everybody sad, in word and voice."""

    audio: bytes = b""

    async def detect(self, audio: bytes, text: str, language: str, user_id: UUID) -> EmotionEstimate:
        """See EmotionDetector."""
        self.audio = audio
        await self.happen()
        sad = EmotionProbability(label=EMOTION_LABEL_SADNESS, probability=1.0)
        return EmotionEstimate(primary=EMOTION_LABEL_SADNESS, confidence=0.8, probabilities=[sad])


@dataclass(slots=True)
class FakeRisks(Behaviour):
    """Sees danger in the word `danger`."""

    earlier: Sequence[str] = ()
    known: rag_pb2.RiskAssessment | None = None
    level_for_all: rag_pb2.RiskLevel.ValueType = rag_pb2.RISK_LEVEL_NONE

    async def assess(
        self, text: str, earlier: Sequence[str], language: str, known: rag_pb2.RiskAssessment | None
    ) -> rag_pb2.RiskAssessment:
        """See RiskAssessor."""
        self.earlier, self.known = earlier, known
        await self.happen()
        if "danger" in text:
            return rag_pb2.RiskAssessment(
                level=rag_pb2.RISK_LEVEL_HIGH, kind=rag_pb2.RISK_KIND_SUICIDE, bypass_generation=True
            )
        return rag_pb2.RiskAssessment(level=self.level_for_all)


@dataclass(slots=True)
class FakeRetriever(Behaviour):
    """Always finds one passage."""

    earlier: Sequence[str] = ()

    async def retrieve(self, text: str, earlier: Sequence[str], language: str) -> rag_pb2.RetrieveResponse:
        """See Retriever."""
        self.earlier = earlier
        await self.happen()
        passage = rag_pb2.Passage(document_id="worry-time", title="Worry time", text="Put worries off.", score=0.9)
        return rag_pb2.RetrieveResponse(passages=[passage], knowledge_version="v1")


@dataclass(slots=True)
class FakeResponder(Behaviour):
    """Replies in a few sentences. `error` strikes after `sentences_before_error` of them."""

    sentences: tuple[str, ...] = ("I hear you.", "That sounds hard.", "What happened then?")
    sentences_before_error: int = 0
    # What the reply finds beyond the assessment.
    risk: rag_pb2.RiskAssessment | None = None
    requests: list[rag_pb2.GenerateReplyRequest] = field(default_factory=list)

    async def reply(
        self, request: rag_pb2.GenerateReplyRequest
    ) -> AsyncGenerator[rag_pb2.ReplySentence | rag_pb2.Reply, None]:
        """See Responder."""
        self.requests.append(request)
        self.calls += 1
        for index, text in enumerate(self.sentences):
            if self.error is not None and index >= self.sentences_before_error:
                raise self.error
            await asyncio.sleep(self.delay)
            yield rag_pb2.ReplySentence(index=index, text=text)
        yield self._whole(request)

    def _whole(self, request: rag_pb2.GenerateReplyRequest) -> rag_pb2.Reply:
        crisis = request.risk.bypass_generation
        return rag_pb2.Reply(
            text=" ".join(self.sentences),
            technique="safety_protocol" if crisis else "socratic_questioning",
            citations=[rag_pb2.Citation(document_id=passage.document_id) for passage in request.passages],
            protocol=rag_pb2.ProtocolState(protocol_id="talk", state_id=f"after-{len(request.history)}"),
            helplines=[rag_pb2.Helpline(name="Somebody", phone="123")] if crisis else [],
            generator="safety" if crisis else "composer",
            knowledge_version="v1",
            response_id=f"response-{self.calls}",
            risk=self.risk,
        )


@dataclass(slots=True)
class FakeSpeaker(Behaviour):
    """Two chunks a sentence, each after `delay`. `concurrent` is the most sentences that were in the making at once."""

    spoken: list[str] = field(default_factory=list)
    voices: list[str] = field(default_factory=list)
    concurrent: int = 0
    _running: int = 0

    async def speak(self, text: str, sample_rate_hz: int, voice: str) -> AsyncGenerator[bytes, None]:
        """See Speaker."""
        self.spoken.append(text)
        self.voices.append(voice)
        self._running += 1
        self.concurrent = max(self.concurrent, self._running)
        try:
            for _ in range(2):
                await self.happen()
                yield CHUNK
        finally:
            self._running -= 1


@dataclass(slots=True)
class FakePersonContexts(Behaviour):
    """Everybody's mood is 4."""

    async def context_of(self, user_id: UUID) -> rag_pb2.PersonContext:
        """See PersonContexts."""
        await self.happen()
        return rag_pb2.PersonContext(mood_score=4)


@dataclass(slots=True)
class FakeProfiles(Behaviour):
    """Everybody has the same one."""

    profile: Profile = field(default_factory=Profile)

    async def profile_of(self, user_id: UUID) -> Profile:
        """See Profiles."""
        await self.happen()
        return self.profile


@dataclass(slots=True)
class FakeRecogniser(Behaviour):
    """Hears `text` in anything that is not digital silence; an utterance ends with 400 ms of silence, or a flush."""

    text: str = "I feel low today"
    # Of the recognition of each utterance.
    traceparent: str = ""
    configs: list[StreamConfig] = field(default_factory=list)

    async def listen(
        self, requests: AsyncIterator[StreamTranscribeRequest]
    ) -> AsyncGenerator[StreamTranscribeResponse, None]:
        """See Recogniser."""
        hearing = _Hearing(self.text, self.traceparent)
        async for request in requests:
            if request.HasField("config"):
                self.configs.append(request.config)
            for response in hearing.take(request):
                if response.HasField("final"):
                    await self.happen()
                yield response
        if hearing.started_ms is not None:
            yield hearing.final()


@dataclass(slots=True)
class _Hearing:
    text: str
    traceparent: str
    now_ms: int = 0
    started_ms: int | None = None
    spoke_until_ms: int = 0

    def take(self, request: StreamTranscribeRequest) -> list[StreamTranscribeResponse]:
        if request.WhichOneof("request") == "flush":
            return [self.final()]
        began = self.now_ms
        self.now_ms += len(request.audio) // BYTES_PER_MS
        if any(request.audio):
            self.spoke_until_ms = self.now_ms
            if self.started_ms is None:
                self.started_ms = began
                return [StreamTranscribeResponse(speech_started=SpeechStarted(offset_ms=began))]
        elif self.started_ms is not None and self.now_ms - self.spoke_until_ms >= END_OF_TURN_SILENCE_MS:
            stopped = SpeechStopped(offset_ms=self.spoke_until_ms)
            return [StreamTranscribeResponse(speech_stopped=stopped), self.final()]
        return []

    def final(self) -> StreamTranscribeResponse:
        if self.started_ms is None:
            return StreamTranscribeResponse(final=FinalTranscript())
        final = FinalTranscript(
            text=self.text,
            language="en",
            start_ms=self.started_ms,
            end_ms=self.spoke_until_ms,
            endpoint_delay_ms=min(self.now_ms - self.spoke_until_ms, END_OF_TURN_SILENCE_MS),
            traceparent=self.traceparent,
        )
        self.started_ms = None
        return StreamTranscribeResponse(final=final)


@dataclass(frozen=True, slots=True)
class FakePorts:
    """All of them."""

    recogniser: FakeRecogniser = field(default_factory=FakeRecogniser)
    emotions: FakeEmotions = field(default_factory=FakeEmotions)
    risks: FakeRisks = field(default_factory=FakeRisks)
    retriever: FakeRetriever = field(default_factory=FakeRetriever)
    responder: FakeResponder = field(default_factory=FakeResponder)
    speaker: FakeSpeaker = field(default_factory=FakeSpeaker)
    contexts: FakePersonContexts = field(default_factory=FakePersonContexts)
    profiles: FakeProfiles = field(default_factory=FakeProfiles)
