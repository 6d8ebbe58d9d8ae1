"""Starting, ending, listing and rating: everything about sessions but talking in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from voicecbt.kit import metrics
from voicecbt.kit.errors import NotFound
from voicecbt.session.clock import Clock
from voicecbt.session.conversations import Conversations
from voicecbt.session.domain import NewSession, Session, SessionPage
from voicecbt.session.ports import SessionRepository, TurnRepository
from voicecbt.session.turn.record import StoredTurn

DEFAULT_PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class Sessions:
    """The use cases around sessions. Somebody else's session is NotFound, like one that never was."""

    sessions: SessionRepository
    turns: TurnRepository
    conversations: Conversations
    clock: Clock

    async def start(self, user_id: UUID, new: NewSession) -> Session:
        """Starts a session; the same idempotency key gives the same one."""
        started = await self.sessions.start(user_id, new, self.clock.now())
        if started.created:
            metrics.user_sessions.inc()
        return started.session

    async def end(self, user_id: UUID, session_id: UUID) -> Session:
        """Ends it now, and closes its conversation. Ending it again changes nothing. Raises NotFound."""
        session = _found(await self.sessions.end(user_id, session_id, self.clock.now()))
        await self.conversations.end(session_id)
        return session

    async def page(self, user_id: UUID, size: int, token: str) -> SessionPage:
        """A page of the person's sessions, newest first; 20 when `size` is 0. Raises InvalidArgument."""
        return await self.sessions.page(user_id, size or DEFAULT_PAGE_SIZE, token)

    async def get(self, user_id: UUID, session_id: UUID) -> tuple[Session, Sequence[StoredTurn]]:
        """The session with its turns, oldest first. Raises NotFound."""
        session = _found(await self.sessions.get(user_id, session_id))
        return session, await self.turns.turns_after(user_id, session_id, None)

    async def rate(self, user_id: UUID, session_id: UUID, turn_id: UUID, satisfaction: int) -> None:
        """Rates a reply, 1 to 5. Raises NotFound."""
        if not await self.sessions.rate(user_id, session_id, turn_id, satisfaction):
            raise NotFound("turn")


def _found(session: Session | None) -> Session:
    if session is None:
        raise NotFound("session")
    return session
