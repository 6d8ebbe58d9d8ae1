"""Follows the event stream for erased accounts."""

import socket
from uuid import UUID

import structlog

from voicecbt.journal.moods import Moods
from voicecbt.kit.events import EventStream
from voicecbt.stubs.events.v1 import events_pb2

GROUP = "journal"

log = structlog.get_logger(__name__)


class ErasureFollower:
    """Deletes what the journal has of people whose account was erased. Safe to repeat."""

    def __init__(self, moods: Moods, stream: EventStream) -> None:
        self._moods = moods
        self._stream = stream

    async def run(self) -> None:
        """Runs until cancelled."""
        await self._stream.consume(GROUP, socket.gethostname(), self.handle)

    async def handle(self, event: events_pb2.Event) -> None:
        """Acts on AccountErased. Raises Unavailable when the database is away; the event then comes again."""
        if event.WhichOneof("payload") != "account_erased":
            return
        try:
            user_id = UUID(event.user_id)
        except ValueError:  # It would come for ever.
            log.error("event dropped: its user id is not a UUID", event_id=event.event_id)
            return
        log.info("account erased", entries=await self._moods.erase(user_id))
