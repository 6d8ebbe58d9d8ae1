"""People's data keys: AES-256 keys that encrypt what they say, stored wrapped, destroyed at erasure."""

import os
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from voicecbt.auth.clock import Clock
from voicecbt.auth.domain import AuditAction, AuditRecord
from voicecbt.auth.key_encryption import KeyEncryption
from voicecbt.auth.repository import Accounts, AuditTrail, DataKeyRows
from voicecbt.kit.database import Database
from voicecbt.kit.errors import NotFound

DATA_KEY_BYTES = 32  # AES-256
FIRST_VERSION = 1


@dataclass(frozen=True, slots=True)
class DataKey:
    """One person's key, open."""

    key: bytes = field(repr=False)
    version: int


@dataclass(frozen=True, slots=True)
class DataKeyVault:
    """Makes a person's key at the first request and hands it out until the person is erased."""

    database: Database
    encryption: KeyEncryption
    clock: Clock

    async def release(self, user_id: UUID, service: str) -> DataKey:
        """The key, for a service of the platform; audited. NotFound if there is no such person (any more)."""
        async with self.database.transaction() as session:
            key = await self._key(session, user_id)
            record = AuditRecord(service, AuditAction.DATA_KEY_READ, str(user_id))
            await AuditTrail(session).append(record, self.clock())
        return key

    async def own_key(self, user_id: UUID) -> DataKey:
        """The key, for auth's own columns. NotFound if there is no such person (any more)."""
        async with self.database.transaction() as session:
            return await self._key(session, user_id)

    async def _key(self, session: AsyncSession, user_id: UUID) -> DataKey:
        # The lock keeps an erasure from passing between the look and the making.
        if await Accounts(session).lock(user_id, share=True) is None:
            raise NotFound("data key")
        rows = DataKeyRows(session)
        stored = await rows.newest(user_id)
        if stored is None:
            wrapped = self.encryption.wrap(os.urandom(DATA_KEY_BYTES), _purpose(user_id, FIRST_VERSION))
            await rows.add_if_absent(user_id, FIRST_VERSION, wrapped, self.clock())
            stored = await rows.newest(user_id)
        if stored is None:
            raise NotFound("data key")
        version, wrapped = stored
        return DataKey(self.encryption.unwrap(wrapped, _purpose(user_id, version)), version)


@dataclass(frozen=True, slots=True)
class HeldKey:
    """One person's key as voicecbt.kit's FieldCipher asks for it."""

    user_id: UUID
    data_key: DataKey

    async def key_for(self, user_id: str) -> bytes:
        """The key. NotFound for anybody else."""
        if user_id != str(self.user_id):
            raise NotFound("data key")
        return self.data_key.key


def _purpose(user_id: UUID, version: int) -> str:
    return f"data key:{user_id}:{version}"
