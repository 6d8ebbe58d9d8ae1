"""The fake ports behind the real contracts: one gRPC server on a real socket that is all the other services."""

# ruff: noqa: N802 - the contract names the methods.

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

import grpc
from google.protobuf.message import Message

from voicecbt.kit.boundary.access import SERVICE_TOKEN_KEY
from voicecbt.kit.testing.keys import SERVICE_SECRET, FakeDataKeys
from voicecbt.kit.tokens import ServiceTokens
from voicecbt.session.testing.ports import FakePorts
from voicecbt.stubs.auth.v1 import auth_pb2, auth_pb2_grpc
from voicecbt.stubs.emotion.v1 import emotion_pb2, emotion_pb2_grpc
from voicecbt.stubs.journal.v1 import journal_pb2, journal_pb2_grpc
from voicecbt.stubs.rag.v1 import rag_pb2, rag_pb2_grpc
from voicecbt.stubs.synthesis.v1 import synthesis_pb2, synthesis_pb2_grpc
from voicecbt.stubs.transcription.v1 import transcription_pb2, transcription_pb2_grpc

if TYPE_CHECKING:
    SynthesisContext: TypeAlias = grpc.aio.ServicerContext[
        synthesis_pb2.SynthesizeRequest, synthesis_pb2.SynthesizeResponse
    ]
    ProfileContext: TypeAlias = grpc.aio.ServicerContext[auth_pb2.GetProfileRequest, auth_pb2.GetProfileResponse]
    Handler: TypeAlias = grpc.RpcMethodHandler[Message, Message]
else:  # The runtime classes take no parameters.
    SynthesisContext = ProfileContext = grpc.aio.ServicerContext
    Handler = grpc.RpcMethodHandler


VOICE = "second"  # The one voice that can be asked for.


class Transcription(transcription_pb2_grpc.TranscriptionServiceServicer):
    """FakeRecogniser over gRPC."""

    def __init__(self, ports: FakePorts) -> None:
        self._ports = ports

    async def StreamTranscribe(
        self, request_iterator: AsyncIterator[transcription_pb2.StreamTranscribeRequest], context: object
    ) -> AsyncGenerator[transcription_pb2.StreamTranscribeResponse, None]:
        """See FakeRecogniser."""
        async for response in self._ports.recogniser.listen(request_iterator):
            yield response


class Emotion(emotion_pb2_grpc.EmotionServiceServicer):
    """FakeEmotions over gRPC."""

    def __init__(self, ports: FakePorts) -> None:
        self._ports = ports

    async def DetectEmotion(
        self, request: emotion_pb2.DetectEmotionRequest, context: object
    ) -> emotion_pb2.DetectEmotionResponse:
        """See FakeEmotions."""
        person = UUID(request.user_id)
        estimate = await self._ports.emotions.detect(request.audio, request.text, request.language, person)
        return emotion_pb2.DetectEmotionResponse(estimate=estimate)


class Rag(rag_pb2_grpc.RagServiceServicer):
    """FakeRisks, FakeRetriever and FakeResponder over gRPC."""

    def __init__(self, ports: FakePorts) -> None:
        self._ports = ports

    async def AssessRisk(self, request: rag_pb2.AssessRiskRequest, context: object) -> rag_pb2.AssessRiskResponse:
        """See FakeRisks."""
        known = request.known if request.HasField("known") else None
        assessment = await self._ports.risks.assess(request.text, list(request.earlier), request.language, known)
        return rag_pb2.AssessRiskResponse(assessment=assessment)

    async def Retrieve(self, request: rag_pb2.RetrieveRequest, context: object) -> rag_pb2.RetrieveResponse:
        """See FakeRetriever."""
        return await self._ports.retriever.retrieve(request.query, request.earlier, request.language)

    async def GenerateReply(
        self, request: rag_pb2.GenerateReplyRequest, context: object
    ) -> AsyncGenerator[rag_pb2.GenerateReplyResponse, None]:
        """See FakeResponder."""
        async for event in self._ports.responder.reply(request):
            if isinstance(event, rag_pb2.Reply):
                yield rag_pb2.GenerateReplyResponse(reply=event)
            else:
                yield rag_pb2.GenerateReplyResponse(sentence=event)


class Synthesis(synthesis_pb2_grpc.SynthesisServiceServicer):
    """FakeSpeaker over gRPC."""

    def __init__(self, ports: FakePorts) -> None:
        self._ports = ports

    async def Synthesize(
        self, request: synthesis_pb2.SynthesizeRequest, context: SynthesisContext
    ) -> AsyncGenerator[synthesis_pb2.SynthesizeResponse, None]:
        """See FakeSpeaker. Has the default voice and `VOICE`."""
        if request.voice not in ("", VOICE):
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "no such voice")
        async for chunk in self._ports.speaker.speak(request.text, request.sample_rate_hz, request.voice):
            yield synthesis_pb2.SynthesizeResponse(audio=chunk, sample_rate_hz=request.sample_rate_hz)


class Journal(journal_pb2_grpc.JournalServiceServicer):
    """FakePersonContexts over gRPC."""

    def __init__(self, ports: FakePorts) -> None:
        self._ports = ports

    async def GetPersonContext(
        self, request: journal_pb2.GetPersonContextRequest, context: object
    ) -> journal_pb2.GetPersonContextResponse:
        """See FakePersonContexts."""
        known = await self._ports.contexts.context_of(UUID(request.user_id))
        return journal_pb2.GetPersonContextResponse(mood_score=known.mood_score)


class Auth(auth_pb2_grpc.AuthServiceServicer):
    """FakeProfiles over gRPC, for the person in the service token."""

    def __init__(self, ports: FakePorts) -> None:
        self._ports = ports
        self._tokens = ServiceTokens(SERVICE_SECRET)

    async def GetProfile(
        self, request: auth_pb2.GetProfileRequest, context: ProfileContext
    ) -> auth_pb2.GetProfileResponse:
        """See FakeProfiles."""
        metadata = dict(context.invocation_metadata() or ())
        person = self._tokens.verify(str(metadata.get(SERVICE_TOKEN_KEY, ""))).user_id
        profile = await self._ports.profiles.profile_of(UUID(person))
        preferences = auth_pb2.Preferences(
            language=profile.language, patience=profile.patience, emotion_off=profile.emotion_off, voice=profile.voice
        )
        return auth_pb2.GetProfileResponse(
            profile=auth_pb2.Profile(user_id=person, country=profile.country, preferences=preferences)
        )


class Keys(auth_pb2_grpc.KeyServiceServicer):
    """FakeDataKeys over gRPC."""

    def __init__(self) -> None:
        self._keys = FakeDataKeys()

    async def GetDataKey(self, request: auth_pb2.GetDataKeyRequest, context: object) -> auth_pb2.GetDataKeyResponse:
        """See FakeDataKeys."""
        return auth_pb2.GetDataKeyResponse(key=await self._keys.key_for(request.user_id))


@dataclass(frozen=True, slots=True)
class SeenCall:
    """One call that arrived: its method's last name, and its metadata."""

    method: str
    metadata: dict[str, str]


@dataclass(slots=True)
class Watching(grpc.aio.ServerInterceptor):
    """Notes every call."""

    calls: list[SeenCall] = field(default_factory=list)

    async def intercept_service(  # type: ignore[override]  # Its generics fit no concrete message.
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler | None:
        """Passes the call on."""
        metadata = {str(key): str(value) for key, value in handler_call_details.invocation_metadata or ()}
        self.calls.append(SeenCall(handler_call_details.method.rpartition("/")[2], metadata))
        return await continuation(handler_call_details)


@dataclass(frozen=True, slots=True)
class OtherServices:
    """A running server. `address` is host:port."""

    ports: FakePorts
    address: str
    watching: Watching


@asynccontextmanager
async def other_services() -> AsyncIterator[OtherServices]:
    """All the other services, on a free port of loopback."""
    ports, watching = FakePorts(), Watching()
    # The type ignores: the session calls only some of the methods, and the rest answer UNIMPLEMENTED.
    server = grpc.aio.server(interceptors=[watching])
    transcription_pb2_grpc.add_TranscriptionServiceServicer_to_server(Transcription(ports), server)  # type: ignore[abstract]
    emotion_pb2_grpc.add_EmotionServiceServicer_to_server(Emotion(ports), server)
    rag_pb2_grpc.add_RagServiceServicer_to_server(Rag(ports), server)  # type: ignore[abstract]
    synthesis_pb2_grpc.add_SynthesisServiceServicer_to_server(Synthesis(ports), server)  # type: ignore[abstract]
    journal_pb2_grpc.add_JournalServiceServicer_to_server(Journal(ports), server)  # type: ignore[abstract]
    auth_pb2_grpc.add_AuthServiceServicer_to_server(Auth(ports), server)  # type: ignore[abstract]
    auth_pb2_grpc.add_KeyServiceServicer_to_server(Keys(), server)  # type: ignore[abstract]
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield OtherServices(ports, f"127.0.0.1:{port}", watching)
    finally:
        await server.stop(grace=None)
