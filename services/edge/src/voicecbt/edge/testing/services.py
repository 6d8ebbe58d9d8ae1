"""Small honest services: they keep what they are told in memory, per person, and refuse what the real ones refuse."""

# ruff: noqa: N802 - the methods have the names of their RPCs.

import json
import uuid
from collections.abc import AsyncIterator, Sequence

import jwt
from google.protobuf.timestamp_pb2 import Timestamp

from voicecbt.edge.testing.conversation import converse
from voicecbt.kit.boundary.interceptor import Context
from voicecbt.kit.callers import current_caller
from voicecbt.kit.errors import AlreadyExists, NotFound, Unauthenticated
from voicecbt.kit.server import Registration
from voicecbt.kit.testing.keys import TokenMint
from voicecbt.stubs.auth.v1 import auth_pb2, auth_pb2_grpc
from voicecbt.stubs.insights.v1 import insights_pb2, insights_pb2_grpc
from voicecbt.stubs.journal.v1 import journal_pb2, journal_pb2_grpc
from voicecbt.stubs.session.v1 import session_pb2, session_pb2_grpc
from voicecbt.stubs.synthesis.v1 import synthesis_pb2, synthesis_pb2_grpc
from voicecbt.stubs.transcription.v1 import transcription_pb2, transcription_pb2_grpc

TOKEN_SECONDS = 1800
SAMPLE_RATE_HZ = 24000


class FakeServices:
    """All of them, on one server."""

    def __init__(self, mint: TokenMint) -> None:
        self.auth = FakeAuth(mint)
        self.keys = FakeKeys(mint)
        self.session = FakeSession()
        self.journal = FakeJournal()

    def registrations(self) -> Sequence[Registration]:
        """For the kit's server."""
        add_transcription = transcription_pb2_grpc.add_TranscriptionServiceServicer_to_server
        add_synthesis = synthesis_pb2_grpc.add_SynthesisServiceServicer_to_server
        add_insights = insights_pb2_grpc.add_InsightsServiceServicer_to_server
        return [
            Registration(auth_pb2_grpc.add_AuthServiceServicer_to_server, self.auth, "voicecbt.auth.v1.AuthService"),
            Registration(auth_pb2_grpc.add_KeyServiceServicer_to_server, self.keys, "voicecbt.auth.v1.KeyService"),
            Registration(
                session_pb2_grpc.add_SessionServiceServicer_to_server,
                self.session,
                "voicecbt.session.v1.SessionService",
            ),
            Registration(
                journal_pb2_grpc.add_JournalServiceServicer_to_server,
                self.journal,
                "voicecbt.journal.v1.JournalService",
            ),
            Registration(add_insights, FakeInsights(), "voicecbt.insights.v1.InsightsService"),
            Registration(add_transcription, FakeTranscription(), "voicecbt.transcription.v1.TranscriptionService"),
            Registration(add_synthesis, FakeSynthesis(), "voicecbt.synthesis.v1.SynthesisService"),
        ]


class FakeAuth(auth_pb2_grpc.AuthServiceServicer):
    """Accounts with passwords and one live refresh token each."""

    def __init__(self, mint: TokenMint) -> None:
        self._mint = mint
        self._accounts: dict[str, tuple[auth_pb2.Profile, str]] = {}
        self._refresh_tokens: dict[str, str] = {}
        # Where each sign-in came from, as the edge told.
        self.addresses: list[str] = []
        # Which fields each profile update named.
        self.masks: list[list[str]] = []

    async def Register(self, request: auth_pb2.RegisterRequest, context: object) -> auth_pb2.RegisterResponse:
        if request.email in self._accounts:
            raise AlreadyExists("email", "this email is taken")
        profile = auth_pb2.Profile(user_id=str(uuid.uuid4()), email=request.email)
        self._accounts[request.email] = (profile, request.password)
        return auth_pb2.RegisterResponse(profile=profile, tokens=self._tokens(profile.user_id))

    async def SignIn(self, request: auth_pb2.SignInRequest, context: Context) -> auth_pb2.SignInResponse:
        metadata = dict(context.invocation_metadata() or ())
        self.addresses.append(str(metadata.get("x-forwarded-for", "")))
        profile, password = self._accounts.get(request.email, (None, None))
        if profile is None or password != request.password:
            raise Unauthenticated("WRONG_CREDENTIALS", "the email or the password is wrong")
        return auth_pb2.SignInResponse(profile=profile, tokens=self._tokens(profile.user_id))

    async def Refresh(self, request: auth_pb2.RefreshRequest, context: object) -> auth_pb2.RefreshResponse:
        user_id = self._refresh_tokens.pop(request.refresh_token, None)
        if user_id is None:
            raise Unauthenticated("TOKEN_INVALID", "the refresh token is not valid; sign in again")
        return auth_pb2.RefreshResponse(tokens=self._tokens(user_id))

    async def SignOut(self, request: auth_pb2.SignOutRequest, context: object) -> auth_pb2.SignOutResponse:
        self._refresh_tokens.pop(request.refresh_token, None)
        return auth_pb2.SignOutResponse()

    async def GetProfile(self, request: auth_pb2.GetProfileRequest, context: object) -> auth_pb2.GetProfileResponse:
        return auth_pb2.GetProfileResponse(profile=auth_pb2.Profile(user_id=current_caller().user_id))

    async def UpdateProfile(
        self, request: auth_pb2.UpdateProfileRequest, context: object
    ) -> auth_pb2.UpdateProfileResponse:
        self.masks.append(list(request.update_mask.paths))
        return auth_pb2.UpdateProfileResponse(profile=request.profile)

    async def EraseAccount(
        self, request: auth_pb2.EraseAccountRequest, context: object
    ) -> auth_pb2.EraseAccountResponse:
        return auth_pb2.EraseAccountResponse()

    def _tokens(self, user_id: str) -> auth_pb2.Tokens:
        refresh = uuid.uuid4().hex
        self._refresh_tokens[refresh] = user_id
        expires = Timestamp()
        expires.GetCurrentTime()
        expires.seconds += TOKEN_SECONDS
        return auth_pb2.Tokens(
            access_token=self._mint.token(user_id),
            refresh_token=refresh,
            access_expires_at=expires,
            refresh_expires_at=expires,
        )


class FakeKeys(auth_pb2_grpc.KeyServiceServicer):
    """The public key of the mint."""

    def __init__(self, mint: TokenMint) -> None:
        self._mint = mint

    async def GetSigningKeys(
        self, request: auth_pb2.GetSigningKeysRequest, context: object
    ) -> auth_pb2.GetSigningKeysResponse:
        key = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(self._mint.private_key.public_key()))
        document = {"keys": [{**key, "kid": self._mint.kid, "alg": "EdDSA", "use": "sig"}]}
        return auth_pb2.GetSigningKeysResponse(jwks_json=json.dumps(document))

    async def GetDataKey(self, request: auth_pb2.GetDataKeyRequest, context: object) -> auth_pb2.GetDataKeyResponse:
        return auth_pb2.GetDataKeyResponse(key=bytes(32), version=1)


class FakeSession(session_pb2_grpc.SessionServiceServicer):
    """Sessions by person and idempotency key."""

    def __init__(self) -> None:
        self._sessions: dict[str, tuple[str, session_pb2.Session]] = {}
        self._by_key: dict[tuple[str, str], str] = {}
        self.live_conversations = 0

    async def StartSession(
        self, request: session_pb2.StartSessionRequest, context: object
    ) -> session_pb2.StartSessionResponse:
        person = current_caller().user_id
        session_id = self._by_key.setdefault((person, request.idempotency_key), str(uuid.uuid4()))
        session = session_pb2.Session(session_id=session_id, status=session_pb2.SESSION_STATUS_ACTIVE)
        session.session_type = request.session_type
        _, stored = self._sessions.setdefault(session_id, (person, session))
        return session_pb2.StartSessionResponse(session=stored)

    async def EndSession(
        self, request: session_pb2.EndSessionRequest, context: object
    ) -> session_pb2.EndSessionResponse:
        session = self._own(request.session_id)
        session.status = session_pb2.SESSION_STATUS_ENDED
        return session_pb2.EndSessionResponse(session=session)

    async def ListSessions(
        self, request: session_pb2.ListSessionsRequest, context: object
    ) -> session_pb2.ListSessionsResponse:
        person = current_caller().user_id
        own = [session for owner, session in self._sessions.values() if owner == person]
        return session_pb2.ListSessionsResponse(sessions=own[: request.page_size])

    async def GetSession(
        self, request: session_pb2.GetSessionRequest, context: object
    ) -> session_pb2.GetSessionResponse:
        return session_pb2.GetSessionResponse(session=self._own(request.session_id))

    async def RateTurn(self, request: session_pb2.RateTurnRequest, context: object) -> session_pb2.RateTurnResponse:
        self._own(request.session_id)
        return session_pb2.RateTurnResponse()

    async def Converse(
        self, requests: AsyncIterator[session_pb2.ConverseRequest], context: object
    ) -> AsyncIterator[session_pb2.ConverseResponse]:
        self.live_conversations += 1
        try:
            first = await anext(requests, session_pb2.ConverseRequest())  # None when the client is gone already.
            session = self._own(first.open.session_id)
            async for response in converse(session, requests):
                yield response
        finally:
            self.live_conversations -= 1

    def _own(self, session_id: str) -> session_pb2.Session:
        owner, session = self._sessions.get(session_id, ("", None))
        if session is None or owner != current_caller().user_id:
            raise NotFound("session")
        return session


class FakeJournal(journal_pb2_grpc.JournalServiceServicer):
    """Moods by person and idempotency key."""

    def __init__(self) -> None:
        self._moods: dict[tuple[str, str], journal_pb2.Mood] = {}

    async def RecordMood(
        self, request: journal_pb2.RecordMoodRequest, context: object
    ) -> journal_pb2.RecordMoodResponse:
        mood = request.mood
        mood.mood_id = str(uuid.uuid4())
        stored = self._moods.setdefault((current_caller().user_id, request.idempotency_key), mood)
        return journal_pb2.RecordMoodResponse(mood=stored)

    async def ListMoods(self, request: journal_pb2.ListMoodsRequest, context: object) -> journal_pb2.ListMoodsResponse:
        person = current_caller().user_id
        own = [mood for (owner, _), mood in self._moods.items() if owner == person]
        return journal_pb2.ListMoodsResponse(moods=own[: request.page_size])

    async def DeleteMood(
        self, request: journal_pb2.DeleteMoodRequest, context: object
    ) -> journal_pb2.DeleteMoodResponse:
        person = current_caller().user_id
        for key, mood in self._moods.items():
            if key[0] == person and mood.mood_id == request.mood_id:
                del self._moods[key]
                return journal_pb2.DeleteMoodResponse()
        raise NotFound("mood")

    async def GetPersonContext(
        self, request: journal_pb2.GetPersonContextRequest, context: object
    ) -> journal_pb2.GetPersonContextResponse:
        return journal_pb2.GetPersonContextResponse(mood_score=5)


class FakeInsights(insights_pb2_grpc.InsightsServiceServicer):
    """One point, whoever asks."""

    async def GetMoodTrend(
        self, request: insights_pb2.GetMoodTrendRequest, context: object
    ) -> insights_pb2.GetMoodTrendResponse:
        return insights_pb2.GetMoodTrendResponse(points=[insights_pb2.MoodPoint(day="2026-05-04", mean_mood=6.5)])

    async def GetSessionCounts(
        self, request: insights_pb2.GetSessionCountsRequest, context: object
    ) -> insights_pb2.GetSessionCountsResponse:
        return insights_pb2.GetSessionCountsResponse(points=[insights_pb2.SessionPoint(day="2026-05-04", sessions=1)])


class FakeTranscription(transcription_pb2_grpc.TranscriptionServiceServicer):
    """Says how much it was sent."""

    async def Transcribe(
        self, request: transcription_pb2.TranscribeRequest, context: object
    ) -> transcription_pb2.TranscribeResponse:
        text = f"{len(request.audio)} bytes"
        return transcription_pb2.TranscribeResponse(text=text, language=request.language)

    async def StreamTranscribe(
        self, requests: AsyncIterator[transcription_pb2.StreamTranscribeRequest], context: object
    ) -> AsyncIterator[transcription_pb2.StreamTranscribeResponse]:
        async for request in requests:
            if request.HasField("flush"):
                yield transcription_pb2.StreamTranscribeResponse(final=transcription_pb2.FinalTranscript())


class FakeSynthesis(synthesis_pb2_grpc.SynthesisServiceServicer):
    """Silence: a tenth of a second for each character."""

    async def Synthesize(
        self, request: synthesis_pb2.SynthesizeRequest, context: object
    ) -> AsyncIterator[synthesis_pb2.SynthesizeResponse]:
        rate = request.sample_rate_hz or SAMPLE_RATE_HZ
        for _ in request.text:
            yield synthesis_pb2.SynthesizeResponse(audio=bytes(rate // 10 * 2), sample_rate_hz=rate)

    async def ListVoices(
        self, request: synthesis_pb2.ListVoicesRequest, context: object
    ) -> synthesis_pb2.ListVoicesResponse:
        return synthesis_pb2.ListVoicesResponse(voices=[synthesis_pb2.Voice(name="silence", language="en")])
