"""Ends the sessions of clients that went away without saying so."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import structlog

from voicecbt.kit.errors import PlatformError
from voicecbt.session.clock import Clock
from voicecbt.session.ports import SessionRepository

log = structlog.get_logger(__name__)

SWEEP_EVERY = timedelta(minutes=1)
BATCH = 100


@dataclass(frozen=True, slots=True)
class IdleSessions:
    """A sweep that every replica may run: ending a session twice changes nothing."""

    sessions: SessionRepository
    clock: Clock
    idle_after: timedelta

    async def run(self) -> None:
        """For the life of the process. The database being away only delays it."""
        while True:
            try:
                while await self.sweep() == BATCH:
                    pass
            except PlatformError as error:
                log.warning("sweep of idle sessions waits", error_type=type(error).__name__)
            await asyncio.sleep(SWEEP_EVERY.total_seconds())

    async def sweep(self) -> int:
        """Ends up to BATCH idle sessions, as of when they were last heard of; returns how many."""
        idle = await self.sessions.idle(self.clock.now() - self.idle_after, BATCH)
        for session in idle:
            await self.sessions.end(session.user_id, session.session_id, session.last_activity_at)
        return len(idle)
