"""The conversations that are open in this process, and how one gives way to another."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import structlog

from voicecbt.kit import metrics
from voicecbt.session.ports import ConversationLeases, PortFailed

log = structlog.get_logger(__name__)

WATCH_AGAIN_AFTER = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class LiveConversation:
    """One open conversation.

    `superseded` is set when another one of the session was opened, `ended` when the session was ended.
    """

    session_id: UUID
    conversation_id: UUID
    superseded: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class LiveConversations:
    """A session has one conversation at a time; the newest wins."""

    def __init__(self) -> None:
        self._live: dict[UUID, LiveConversation] = {}

    @contextmanager
    def entered(self, session_id: UUID, conversation_id: UUID) -> Iterator[LiveConversation]:
        """Registers a conversation for the block, superseding the one there was."""
        self.supersede(session_id, conversation_id)
        live = self._live[session_id] = LiveConversation(session_id, conversation_id)
        metrics.active_sessions.inc()
        try:
            yield live
        finally:
            metrics.active_sessions.dec()
            if self._live.get(session_id) is live:
                del self._live[session_id]

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
