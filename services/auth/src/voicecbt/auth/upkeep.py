"""What has to be thrown away from time to time."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import structlog

from voicecbt.auth.clock import Clock
from voicecbt.auth.repository import TokenFamilies
from voicecbt.kit.database import Database
from voicecbt.kit.errors import Unavailable

INTERVAL_SECONDS = 3600.0  # rows that are no use to anybody may lie around for an hour
KEPT_AFTER_EXPIRY = timedelta(days=1)  # so that a late second use is still known as such

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Deletes sign-ins that expired. Any number of replicas may do so at once."""

    database: Database
    clock: Clock

    async def run(self) -> None:
        """Sweeps for ever; a database that is away is asked again an hour later."""
        while True:
            try:
                await self.sweep()
            except Unavailable:
                log.warning("expired sign-ins not deleted: the database is not answering")
            await asyncio.sleep(INTERVAL_SECONDS)

    async def sweep(self) -> int:
        """Deletes once; returns how many sign-ins."""
        async with self.database.transaction() as session:
            return await TokenFamilies(session).forget_expired(self.clock() - KEPT_AFTER_EXPIRY)
