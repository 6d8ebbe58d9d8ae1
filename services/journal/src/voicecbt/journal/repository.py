"""All SQL of the journal. A repository is made for one person and sees nobody else's rows."""

from dataclasses import asdict, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from voicecbt.journal.domain import Position, Window
from voicecbt.journal.sealing import SealedMood
from voicecbt.journal.tables import erased_people, mood_entries

COLUMNS = [mood_entries.c[field.name] for field in fields(SealedMood)]


class PersonMoods:
    """The entries of one person, inside one transaction."""

    def __init__(self, session: AsyncSession, user_id: UUID) -> None:
        self._session = session
        self._user_id = user_id

    async def lock(self) -> None:
        """Until the transaction ends, no other one that locks this person runs: erasing and recording exclude."""
        name = f"journal person {self._user_id}"
        await self._session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))

    async def is_erased(self) -> bool:
        """Whether the account was erased."""
        query = select(erased_people.c.user_id).where(erased_people.c.user_id == self._user_id)
        return await self._session.scalar(query) is not None

    async def add(self, row: SealedMood, digest: bytes) -> bool:
        """Stores `row` unless an entry with the same idempotency digest exists; returns whether it was stored."""
        statement = insert(mood_entries).values(**asdict(row), idempotency_digest=digest)
        added = await self._session.execute(statement.on_conflict_do_nothing().returning(mood_entries.c.id))
        return added.first() is not None

    async def with_digest(self, digest: bytes) -> SealedMood | None:
        """The entry that was stored for an idempotency key."""
        found = await self._session.execute(self._mine().where(mood_entries.c.idempotency_digest == digest))
        row = found.one_or_none()
        return SealedMood(**row._mapping) if row else None

    async def page(self, window: Window, after: Position | None, limit: int) -> list[SealedMood]:
        """Up to `limit` entries in `window` older than `after`, newest first."""
        order = tuple_(mood_entries.c.timestamp, mood_entries.c.id)
        query = self._mine().order_by(mood_entries.c.timestamp.desc(), mood_entries.c.id.desc()).limit(limit)
        if window.start:
            query = query.where(mood_entries.c.timestamp >= window.start)
        if window.end:
            query = query.where(mood_entries.c.timestamp < window.end)
        if after:
            query = query.where(order < (after.time, after.mood_id))
        return [SealedMood(**row._mapping) for row in await self._session.execute(query)]

    async def latest_score(self, since: datetime) -> int | None:
        """The score of the newest entry felt after `since`."""
        entry = mood_entries.c
        query = select(entry.mood_score).where(entry.user_id == self._user_id, entry.timestamp > since)
        score: int | None = await self._session.scalar(query.order_by(entry.timestamp.desc(), entry.id.desc()).limit(1))
        return score

    async def remove(self, mood_id: UUID) -> bool:
        """Deletes one entry; returns whether this person had it."""
        entry = mood_entries.c
        statement = delete(mood_entries).where(entry.user_id == self._user_id, entry.id == mood_id)
        return (await self._session.execute(statement.returning(entry.id))).first() is not None

    async def erase(self) -> int:
        """Deletes everything of this person and remembers that they are gone; returns how many entries there were."""
        await self._session.execute(insert(erased_people).values(user_id=self._user_id).on_conflict_do_nothing())
        statement = delete(mood_entries).where(mood_entries.c.user_id == self._user_id)
        return len((await self._session.execute(statement.returning(mood_entries.c.id))).all())

    def _mine(self) -> Select[tuple[object, ...]]:
        return select(*COLUMNS).where(mood_entries.c.user_id == self._user_id)
