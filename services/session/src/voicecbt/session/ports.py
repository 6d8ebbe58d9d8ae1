"""What the turn needs from the rest of the platform. Adapters implement these; tests have small fakes.

Messages of the other services' contracts are passed through as they are. A port that cannot do its work raises
PortFailed; every caller has a stated degraded mode for it.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from voicecbt.session.domain import IdleSession, NewSession, Session, SessionPage, StartedSession
from voicecbt.session.profile import Profile
from voicecbt.session.turn.record import NewTurn, Recall, StoredTurn
from voicecbt.stubs.emotion.v1.emotion_pb2 import EmotionEstimate
from voicecbt.stubs.rag.v1.rag_pb2 import (
    GenerateReplyRequest,
    PersonContext,
    Reply,
    ReplySentence,
    RetrieveResponse,
    RiskAssessment,
)
from voicecbt.stubs.transcription.v1.transcription_pb2 import StreamTranscribeRequest, StreamTranscribeResponse


class PortFailed(Exception):
    """A dependency did not do its work. Holds the names of the service and the status, never a message of it."""

    def __init__(self, service: str, status: str) -> None:
        super().__init__(f"{service}: {status}")
        self.service = service
        self.status = status


class TurnTaken(Exception):
    """The turn id is in use by a turn that this person may not see."""


class SessionMissing(Exception):
    """There is no such session of this person."""


class Recogniser(Protocol):
    """Speech to text while it is spoken."""

    def listen(
        self, requests: AsyncIterator[StreamTranscribeRequest]
    ) -> AsyncGenerator[StreamTranscribeResponse, None]:
        """Events as they are known, until `requests` ends. Offsets count from its first audio."""


class EmotionDetector(Protocol):
    """How something was said."""

    async def detect(self, audio: bytes, text: str, language: str, user_id: UUID) -> EmotionEstimate:
        """`audio` is mono PCM16 at 16 kHz, at most 60 s, and may be empty."""


class RiskAssessor(Protocol):
    """Whether the person may be in danger."""

    async def assess(
        self, text: str, earlier: Sequence[str], language: str, known: RiskAssessment | None
    ) -> RiskAssessment:
        """`earlier` is what the person said before in the session, oldest first; `known` its highest risk so far."""


class Retriever(Protocol):
    """Passages of the knowledge base that a reply may stand on."""

    async def retrieve(self, text: str, earlier: Sequence[str], language: str) -> RetrieveResponse:
        """The best passages for what was said; `earlier` is what the person said before, oldest first."""


class Responder(Protocol):
    """Words the reply."""

    def reply(self, request: GenerateReplyRequest) -> AsyncGenerator[ReplySentence | Reply, None]:
        """Sentences as they are made, each validated, then the whole."""


class Speaker(Protocol):
    """Text to speech."""

    def speak(self, text: str, sample_rate_hz: int, voice: str) -> AsyncGenerator[bytes, None]:
        """One sentence as mono PCM16 chunks, as they are made. An empty or unknown `voice` is the default one."""


class PersonContexts(Protocol):
    """What is known of a person that may colour a reply."""

    async def context_of(self, user_id: UUID) -> PersonContext:
        """The context now."""


class Profiles(Protocol):
    """What people have settled about themselves."""

    async def profile_of(self, user_id: UUID) -> Profile:
        """The profile now. Only for the person on whose behalf this is called."""


class SessionRepository(Protocol):
    """The sessions of people, scoped by the owner."""

    async def start(self, user_id: UUID, new: NewSession, now: datetime) -> StartedSession:
        """Makes the session, or finds the one that the same idempotency key made.

        Raises NotFound when the account was erased.
        """

    async def get(self, user_id: UUID, session_id: UUID) -> Session | None:
        """The session, if it is this person's."""

    async def page(self, user_id: UUID, size: int, token: str) -> SessionPage:
        """`size` sessions after the token's, newest first. Raises InvalidArgument for a token that is not ours."""

    async def end(self, user_id: UUID, session_id: UUID, at: datetime) -> Session | None:
        """Ends the session; one that has ended stays as it is. None when there is no such session."""

    async def rate(self, user_id: UUID, session_id: UUID, turn_id: UUID, satisfaction: int) -> bool:
        """Rates a reply, 1 to 5; False when there is no such turn."""

    async def touch(self, user_id: UUID, session_id: UUID, now: datetime) -> bool:
        """Notes that the person is still there; False when the session is over, or gone."""

    async def idle(self, since: datetime, limit: int) -> Sequence[IdleSession]:
        """Active sessions of anybody that were last heard of before `since`: for the sweep only."""

    async def erase(self, user_id: UUID) -> int:
        """Deletes everything of a person and takes no more of theirs; returns how many sessions there were."""


class TurnRepository(Protocol):
    """The turns of people. Everything is scoped by the owner: somebody else's looks the same as unknown."""

    async def recall(self, user_id: UUID, session_id: UUID, turn_id: UUID, limit: int) -> Recall:
        """What a new turn needs: itself if it was committed before, and the last `limit` turns.

        Raises SessionMissing.
        """

    async def commit(self, user_id: UUID, turn: NewTurn) -> StoredTurn:
        """Stores the turn, the session's summary and the event in one transaction.

        A turn id that is already stored is not stored again: the stored turn is returned. Raises SessionMissing, and
        TurnTaken when the id belongs to a turn outside this session.
        """

    async def turns_after(self, user_id: UUID, session_id: UUID, last_turn_id: UUID | None) -> list[StoredTurn]:
        """The session's turns after `last_turn_id`, oldest first; all of them when it is None or unknown."""

    async def record_playback(self, user_id: UUID, turn_id: UUID, started_ms: int) -> None:
        """Notes when the person began to hear the reply, in ms from the end of speech."""

    async def record_unheard(self, user_id: UUID, turn_id: UUID, reply: str, unheard: str) -> None:
        """Splits a reply into what the person heard and what an interruption cut off."""


class ConversationLeases(Protocol):
    """Which conversation a session belongs to, across replicas. The newest claim wins."""

    async def claim(self, session_id: UUID, conversation_id: UUID) -> None:
        """Takes the session over and tells the conversation that had it."""

    async def keep(self, session_id: UUID, conversation_id: UUID) -> bool:
        """Prolongs the claim; False when another conversation has taken it."""

    async def release(self, session_id: UUID, conversation_id: UUID) -> None:
        """Gives the claim up, if it is still this conversation's."""

    async def end(self, session_id: UUID) -> None:
        """Tells the conversation that has the session, wherever it is, that the session is over."""

    def claims(self) -> AsyncIterator[tuple[UUID, UUID | None]]:
        """What is said on any replica, as it is said: (session, its new conversation or None when it is over)."""
