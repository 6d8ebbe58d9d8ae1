"""Forgets a person when their account is erased. Their key is destroyed by auth; the rows go here."""

from dataclasses import dataclass
from uuid import UUID

from voicecbt.session.repository.sessions import PostgresSessions
from voicecbt.stubs.events.v1.events_pb2 import Event


@dataclass(frozen=True, slots=True)
class Erasure:
    """A consumer of the platform's events. Erasing twice changes nothing."""

    sessions: PostgresSessions

    async def handle(self, event: Event) -> None:
        """Acts on `account_erased`; all other events are none of its business."""
        if event.WhichOneof("payload") == "account_erased":
            await self.sessions.erase(UUID(event.user_id))
