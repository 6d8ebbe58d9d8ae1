"""Forgets a person when their account is erased: their rows, and our copy of the key that auth destroys."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import structlog

from voicecbt.session.ports import SessionRepository
from voicecbt.stubs.events.v1.events_pb2 import Event

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Erasure:
    """A consumer of the platform's events. Erasing twice changes nothing."""

    sessions: SessionRepository
    # Drops the person's key from this process's cache; that of another replica goes within a minute.
    forget_key: Callable[[str], None]

    async def handle(self, event: Event) -> None:
        """Acts on `account_erased`; all other events are none of its business. Raises Unavailable: it comes again."""
        if event.WhichOneof("payload") != "account_erased":
            return
        try:
            user_id = UUID(event.user_id)
        except ValueError:  # It would come for ever.
            log.error("event dropped: its user id is not a UUID", event_id=event.event_id)
            return
        self.forget_key(str(user_id))
        log.info("account erased", sessions=await self.sessions.erase(user_id))
