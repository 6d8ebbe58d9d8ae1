"""The conversations that are open in this process, and how one gives way to another."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import structlog

from voicecbt.kit import metrics
from voicecbt.kit.errors import ResourceExhausted
from voicecbt.session.ports import ConversationLeases, PortFailed

log = structlog.get_logger(__name__)

OPEN_AGAIN_AFTER = timedelta(seconds=10)  # By then, streams without an `open` are closed.
WATCH_AGAIN_AFTER = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class LiveConversation:
    """One open conversation.

    `superseded` is set when another one took its place, `ended` when the session was ended.
    """

    user_id: UUID
    session_id: UUID
    conversation_id: UUID
    superseded: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class LiveConversations:
    """A session has one conversation at a time, and a person `per_person` of them; the newest wins.

    The oldest gives way, and the newest is not refused: what is left open is most likely forgotten or cut off, and
    somebody who comes back in need must not be locked out by it until it is found to be silent.
    """

    def __init__(self, per_person: int) -> None:
        self._per_person = per_person
        # In the order of their opening.
        self._live: dict[UUID, LiveConversation] = {}
        self._opening: Counter[UUID] = Counter()

    @contextmanager
    def opening(self, user_id: UUID) -> Iterator[None]:
        """While a stream waits for its `open`. Raises ResourceExhausted beyond `per_person`: such waits are short."""
        if self._opening[user_id] >= self._per_person:
            raise ResourceExhausted("too many conversations are being opened", OPEN_AGAIN_AFTER)
        self._opening[user_id] += 1
        try:
            yield
        finally:
            self._opening -= Counter([user_id])  # Drops whoever has none left.

    @contextmanager
    def entered(self, user_id: UUID, session_id: UUID, conversation_id: UUID) -> Iterator[LiveConversation]:
        """Registers a conversation for the block, superseding the one there was, and the person's oldest if need be."""
        self.supersede(session_id, conversation_id)
        self._live.pop(session_id, None)
        self._make_room(user_id)
        live = self._live[session_id] = LiveConversation(user_id, session_id, conversation_id)
        metrics.active_sessions.inc()
        try:
            yield live
        finally:
            metrics.active_sessions.dec()
            if self._live.get(session_id) is live:
                del self._live[session_id]

    def _make_room(self, user_id: UUID) -> None:
        theirs = [live for live in self._live.values() if live.user_id == user_id]
        for oldest in theirs[: len(theirs) - self._per_person + 1]:
            oldest.superseded.set()
            del self._live[oldest.session_id]

    def supersede(self, session_id: UUID, by: UUID) -> None:
        """Another conversation, here or on another replica, has the session now."""
        live = self._live.get(session_id)
        if live is not None and live.conversation_id != by:
            live.superseded.set()

    def end(self, session_id: UUID) -> None:
        """The session is over: its conversation, if it is here, ends once it has answered what was said."""
        live = self._live.get(session_id)
        if live is not None:
            live.ended.set()

    async def watch(self, leases: ConversationLeases) -> None:
        """Follows what other replicas claim and end, for the life of the process. `keep` finds a lost claim."""
        while True:
            try:
                async for session_id, conversation_id in leases.claims():
                    if conversation_id is None:
                        self.end(session_id)
                    else:
                        self.supersede(session_id, conversation_id)
            except PortFailed as error:
                log.warning("claims of other replicas are not seen", status=error.status)
            await asyncio.sleep(WATCH_AGAIN_AFTER.total_seconds())
