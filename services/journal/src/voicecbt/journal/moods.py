"""The use cases of the journal."""

import hashlib
import uuid
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from voicecbt.journal import announcing
from voicecbt.journal.domain import (
    CONTEXT_AGE,
    DEFAULT_PAGE_SIZE,
    BadTime,
    Details,
    Mood,
    Page,
    Position,
    Window,
    time_of_mood,
)
from voicecbt.journal.repository import PersonMoods
from voicecbt.journal.sealing import SealedMood, Sealing
from voicecbt.kit import metrics
from voicecbt.kit.database import Database
from voicecbt.kit.errors import InvalidArgument, NotFound
from voicecbt.kit.outbox import Outbox


class Moods:
    """Records, lists and deletes mood entries. Every method acts for one person and sees only what is theirs."""

    def __init__(self, database: Database, sealing: Sealing, outbox: Outbox) -> None:
        self._database = database
        self._sealing = sealing
        self._outbox = outbox

    async def record(self, user_id: UUID, idempotency_key: str, time: datetime | None, details: Details) -> Mood:
        """The new entry, or the one that the same key made before; its event is written in the same transaction.

        Raises InvalidArgument for an impossible time, and NotFound when the account was erased.
        """
        mood = Mood(uuid.uuid4(), user_id, _checked_time(time), details)
        sealed = await self._sealing.seal(mood)
        digest = hashlib.sha256(idempotency_key.encode()).digest()
        async with self._database.transaction() as session:
            existing = await self._store(session, mood, sealed, digest)
        if existing:
            return await self._sealing.open(existing)
        metrics.mood_entries.inc()
        return mood

    async def list(self, user_id: UUID, window: Window, after: Position | None, size: int) -> Page:
        """One page of at most `size` entries (50 when 0), newest first."""
        size = size or DEFAULT_PAGE_SIZE
        async with self._database.transaction() as session:
            rows = await PersonMoods(session, user_id).page(window, after, size + 1)
        moods = tuple([await self._sealing.open(row) for row in rows[:size]])
        more = len(rows) > size
        return Page(moods, Position(moods[-1].time, moods[-1].id) if more else None)

    async def delete(self, user_id: UUID, mood_id: UUID) -> None:
        """Deletes an entry for good. Raises NotFound when this person has no such entry."""
        async with self._database.transaction() as session:
            if not await PersonMoods(session, user_id).remove(mood_id):
                raise NotFound("mood entry")
            await self._outbox.add(session, announcing.mood_deleted(str(user_id), str(mood_id)))

    async def latest_score(self, user_id: UUID) -> int | None:
        """The score of the latest mood of the last 24 hours."""
        async with self._database.transaction() as session:
            return await PersonMoods(session, user_id).latest_score(datetime.now(UTC) - CONTEXT_AGE)

    async def erase(self, user_id: UUID) -> int:
        """Deletes all entries of an erased account and takes no more; returns how many there were."""
        async with self._database.transaction() as session:
            person = PersonMoods(session, user_id)
            await person.lock()
            return await person.erase()

    async def _store(self, session: AsyncSession, mood: Mood, sealed: SealedMood, digest: bytes) -> SealedMood | None:
        """Stores the entry with its event and returns None, or returns the entry that is there already."""
        person = PersonMoods(session, mood.user_id)
        await person.lock()
        if await person.is_erased():
            raise NotFound("account")
        if not await person.add(sealed, digest):
            return await person.with_digest(digest)
        await self._outbox.add(session, announcing.mood_recorded(mood))
        return None


def _checked_time(told: datetime | None) -> datetime:
    try:
        return time_of_mood(told, datetime.now(UTC))
    except BadTime as error:
        raise InvalidArgument("mood.time", str(error)) from None
