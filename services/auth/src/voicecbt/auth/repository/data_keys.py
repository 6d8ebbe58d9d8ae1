"""SQL of the persons' wrapped data keys."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from voicecbt.auth.tables import data_keys


class DataKeyRows:
    """Reads and writes data keys inside one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def newest(self, user_id: UUID) -> tuple[int, bytes] | None:
        """Version and wrapped key, or None if the person has none."""
        columns = (data_keys.c.version, data_keys.c.wrapped_key)
        statement = select(*columns).where(data_keys.c.user_id == user_id)
        row = (await self._session.execute(statement.order_by(data_keys.c.version.desc()).limit(1))).one_or_none()
        return (row.version, row.wrapped_key) if row else None

    async def add_if_absent(self, user_id: UUID, version: int, wrapped_key: bytes, now: datetime) -> None:
        """Inserts, unless another replica was first: then read again what it made."""
        values = {"user_id": user_id, "version": version, "wrapped_key": wrapped_key, "created_at": now}
        await self._session.execute(insert(data_keys).values(**values).on_conflict_do_nothing())

    async def destroy(self, user_id: UUID) -> None:
        """Deletes every version."""
        await self._session.execute(delete(data_keys).where(data_keys.c.user_id == user_id))
