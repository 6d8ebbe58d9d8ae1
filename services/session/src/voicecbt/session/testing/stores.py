"""The stores in memory, with the same promises as PostgreSQL and Redis."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID, uuid4

from voicecbt.kit.errors import NotFound, Unavailable
from voicecbt.session.domain import (
    IdleSession,
    NewSession,
    Session,
    SessionPage,
    SessionStatus,
    StartedSession,
    with_emotion,
)
from voicecbt.session.ports import SessionMissing, TurnTaken
from voicecbt.session.turn.danger import highest_risk
from voicecbt.session.turn.record import NewTurn, PastTurn, Recall, StoredTurn


@dataclass(slots=True)
class MemoryStore:
    """What both repositories share."""

    sessions: dict[UUID, Session] = field(default_factory=dict)
    keys: dict[tuple[UUID, str], UUID] = field(default_factory=dict)
    touched: dict[UUID, datetime] = field(default_factory=dict)
    turns: dict[UUID, StoredTurn] = field(default_factory=dict)
    erased: set[UUID] = field(default_factory=set)

    def owned(self, user_id: UUID, session_id: UUID) -> Session | None:
        """The session, if it is this person's."""
        session = self.sessions.get(session_id)
        return session if session and session.user_id == user_id else None

    def turns_of(self, session_id: UUID) -> list[StoredTurn]:
        """A session's turns, oldest first."""
        return sorted(
            (stored for stored in self.turns.values() if stored.turn.session_id == session_id),
            key=lambda stored: stored.index,
        )


@dataclass(slots=True)
class MemorySessions:
    """SessionRepository in memory."""

    store: MemoryStore

    async def start(self, user_id: UUID, new: NewSession, now: datetime) -> StartedSession:
        """See SessionRepository."""
        if user_id in self.store.erased:
            raise NotFound("account")
        key = (user_id, new.idempotency_key)
        if key in self.store.keys:
            return StartedSession(self.store.sessions[self.store.keys[key]], created=False)
        session = Session(
            uuid4(), user_id, new.session_type, SessionStatus.ACTIVE, now, therapeutic_goals=new.therapeutic_goals
        )
        self.store.sessions[session.session_id] = session
        self.store.touched[session.session_id] = now
        self.store.keys[key] = session.session_id
        return StartedSession(session, created=True)

    async def get(self, user_id: UUID, session_id: UUID) -> Session | None:
        """See SessionRepository."""
        return self.store.owned(user_id, session_id)

    async def page(self, user_id: UUID, size: int, token: str) -> SessionPage:
        """See SessionRepository. One page only."""
        mine = [session for session in self.store.sessions.values() if session.user_id == user_id]
        return SessionPage(tuple(sorted(mine, key=lambda session: session.start_time, reverse=True)[:size]))

    async def end(self, user_id: UUID, session_id: UUID, at: datetime) -> Session | None:
        """See SessionRepository."""
        session = self.store.owned(user_id, session_id)
        if session is not None and session.status is SessionStatus.ACTIVE:
            session = replace(session, status=SessionStatus.ENDED, end_time=at)
            self.store.sessions[session_id] = session
        return session

    async def rate(self, user_id: UUID, session_id: UUID, turn_id: UUID, satisfaction: int) -> bool:
        """See SessionRepository."""
        stored = self.store.turns.get(turn_id)
        if stored is None or self.store.owned(user_id, session_id) is None or stored.turn.session_id != session_id:
            return False
        self.store.turns[turn_id] = replace(stored, satisfaction=satisfaction)
        return True

    async def touch(self, user_id: UUID, session_id: UUID, now: datetime) -> bool:
        """See SessionRepository."""
        session = self.store.owned(user_id, session_id)
        if session is None or session.status is SessionStatus.ENDED:
            return False
        self.store.touched[session_id] = now
        return True

    async def idle(self, since: datetime, limit: int) -> Sequence[IdleSession]:
        """See SessionRepository."""
        active = [s for s in self.store.sessions.values() if s.status is SessionStatus.ACTIVE]
        idle = [IdleSession(s.session_id, s.user_id, self.store.touched[s.session_id]) for s in active]
        return [each for each in idle if each.last_activity_at < since][:limit]

    async def erase(self, user_id: UUID) -> int:
        """See SessionRepository."""
        self.store.erased.add(user_id)
        theirs = [session_id for session_id, session in self.store.sessions.items() if session.user_id == user_id]
        for session_id in theirs:
            del self.store.sessions[session_id]
            for stored in self.store.turns_of(session_id):
                del self.store.turns[stored.turn.turn_id]
        self.store.keys = {key: kept for key, kept in self.store.keys.items() if key[0] != user_id}
        return len(theirs)


@dataclass(slots=True)
class MemoryTurns:
    """TurnRepository in memory. So many of the next recalls and commits fail, as with a lost database."""

    store: MemoryStore
    failing_recalls: int = 0
    failing_commits: int = 0
    commit_delay: float = 0.0
    commits: int = 0

    async def recall(self, user_id: UUID, session_id: UUID, turn_id: UUID, limit: int) -> Recall:
        """See TurnRepository."""
        if self.failing_recalls:
            self.failing_recalls -= 1
            raise Unavailable("the database is not answering")
        session = self.store.owned(user_id, session_id)
        if session is None:
            raise SessionMissing
        stored = self.store.turns.get(turn_id)
        past = [each.turn for each in self.store.turns_of(session_id)]
        history = tuple(_past(turn) for turn in past[-limit:])
        mine = stored if stored and stored.turn.session_id == session_id else None
        known_risk = highest_risk(turn.safety for turn in past)
        return Recall(session.status is SessionStatus.ENDED, mine, history, known_risk)

    async def commit(self, user_id: UUID, turn: NewTurn) -> StoredTurn:
        """See TurnRepository."""
        await asyncio.sleep(self.commit_delay)
        if self.failing_commits:
            self.failing_commits -= 1
            raise Unavailable("the database is not answering")
        session = self.store.owned(user_id, turn.session_id)
        if session is None:
            raise SessionMissing
        if (winner := self.store.turns.get(turn.turn_id)) is not None:
            if winner.turn.session_id != turn.session_id:
                raise TurnTaken
            return winner
        self.commits += 1
        self.store.turns[turn.turn_id] = StoredTurn(turn, session.turn_count)
        self.store.sessions[turn.session_id] = replace(
            session,
            turn_count=session.turn_count + 1,
            emotion_summary=with_emotion(session.emotion_summary, turn.primary_emotion),
        )
        return StoredTurn(turn, session.turn_count, ours=True)

    async def turns_after(self, user_id: UUID, session_id: UUID, last_turn_id: UUID | None) -> list[StoredTurn]:
        """See TurnRepository."""
        if self.store.owned(user_id, session_id) is None:
            return []
        last = self.store.turns.get(last_turn_id) if last_turn_id else None
        return [each for each in self.store.turns_of(session_id) if last is None or each.index > last.index]

    async def record_playback(self, user_id: UUID, turn_id: UUID, started_ms: int) -> None:
        """See TurnRepository."""
        turn = self.store.turns[turn_id].turn
        self._change(turn_id, replace(turn, timings={**turn.timings, "playback_started_ms": started_ms}))

    async def record_unheard(self, user_id: UUID, turn_id: UUID, reply: str, unheard: str) -> None:
        """See TurnRepository."""
        self._change(turn_id, replace(self.store.turns[turn_id].turn, reply=reply, unheard_reply=unheard))

    def _change(self, turn_id: UUID, turn: NewTurn) -> None:
        self.store.turns[turn_id] = replace(self.store.turns[turn_id], turn=turn)


class MemoryLeases:
    """ConversationLeases for one process and several `Conversations` in it."""

    def __init__(self) -> None:
        self._holders: dict[UUID, UUID] = {}
        self._watchers: list[asyncio.Queue[tuple[UUID, UUID | None]]] = []

    async def claim(self, session_id: UUID, conversation_id: UUID) -> None:
        """See ConversationLeases."""
        self._holders[session_id] = conversation_id
        self._tell(session_id, conversation_id)

    async def keep(self, session_id: UUID, conversation_id: UUID) -> bool:
        """See ConversationLeases."""
        return self._holders.setdefault(session_id, conversation_id) == conversation_id

    async def release(self, session_id: UUID, conversation_id: UUID) -> None:
        """See ConversationLeases."""
        if self._holders.get(session_id) == conversation_id:
            del self._holders[session_id]

    async def end(self, session_id: UUID) -> None:
        """See ConversationLeases."""
        self._tell(session_id, None)

    async def claims(self) -> AsyncGenerator[tuple[UUID, UUID | None], None]:
        """See ConversationLeases."""
        watcher: asyncio.Queue[tuple[UUID, UUID | None]] = asyncio.Queue()
        self._watchers.append(watcher)
        while True:
            yield await watcher.get()

    def _tell(self, session_id: UUID, conversation_id: UUID | None) -> None:
        for watcher in self._watchers:
            watcher.put_nowait((session_id, conversation_id))


def _past(turn: NewTurn) -> PastTurn:
    return PastTurn(turn.transcript, turn.reply, turn.technique, turn.response_id, turn.protocol)
