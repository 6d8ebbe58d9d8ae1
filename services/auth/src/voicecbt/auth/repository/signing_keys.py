"""SQL of the keys that sign access tokens."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from voicecbt.auth.tables import signing_keys

ROTATION_LOCK = 0x566F6963_4B657973  # any number that only this lock uses: "VoicKeys"


@dataclass(frozen=True, slots=True)
class StoredSigningKey:
    """A row: an Ed25519 key pair. The private half is wrapped, and gone once the key is retired."""

    kid: str
    public_key: bytes
    wrapped_private_key: bytes | None = field(repr=False)
    created_at: datetime
    retired_at: datetime | None = None


class SigningKeyRows:
    """Reads and writes signing keys inside one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def lock(self) -> None:
        """Lets one replica at a time make or retire keys, to the end of the transaction."""
        await self._session.execute(select(func.pg_advisory_xact_lock(ROTATION_LOCK)))

    async def all(self) -> Sequence[StoredSigningKey]:
        """Every key, oldest first."""
        statement = select(signing_keys).order_by(signing_keys.c.created_at)
        rows = (await self._session.execute(statement)).mappings()
        return [StoredSigningKey(**row) for row in rows]

    async def add(self, key: StoredSigningKey) -> None:
        """Inserts a key."""
        await self._session.execute(
            insert(signing_keys).values(
                kid=key.kid,
                public_key=key.public_key,
                wrapped_private_key=key.wrapped_private_key,
                created_at=key.created_at,
            )
        )

    async def retire(self, kid: str, now: datetime) -> None:
        """Destroys the private half; the public half still verifies what was signed."""
        statement = update(signing_keys).where(signing_keys.c.kid == kid)
        await self._session.execute(statement.values(retired_at=now, wrapped_private_key=None))

    async def drop_retired(self, before: datetime) -> None:
        """Deletes the keys retired earlier."""
        await self._session.execute(delete(signing_keys).where(signing_keys.c.retired_at < before))
