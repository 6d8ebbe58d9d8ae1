"""SQL of refresh tokens. A family row is the lock under which its tokens are used, added and revoked."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from voicecbt.auth.domain import RefreshToken, TokenFamily
from voicecbt.auth.tables import refresh_tokens, token_families


class TokenFamilies:
    """Reads and writes token families and their tokens inside one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def start(self, family: TokenFamily, now: datetime, expires_at: datetime) -> None:
        """Inserts a family without tokens."""
        values = {"id": family.id, "user_id": family.user_id, "started_at": now, "expires_at": expires_at}
        await self._session.execute(insert(token_families).values(**values))

    async def add(self, token: RefreshToken, now: datetime) -> None:
        """Inserts a fresh token and lets the family live as long as it."""
        await self._session.execute(
            insert(refresh_tokens).values(
                token_hash=token.token_hash,
                family_id=token.family_id,
                issued_at=now,
                expires_at=token.expires_at,
                used_at=token.used_at,
            )
        )
        family = update(token_families).where(token_families.c.id == token.family_id)
        await self._session.execute(family.values(expires_at=token.expires_at))

    async def lock_family_of(self, token_hash: bytes) -> TokenFamily | None:
        """The family of a token, locked to the end of the transaction; None for an unknown token.

        Whoever waits here for another use of the family sees, in the statements that follow, what that use did.
        """
        family_id = select(refresh_tokens.c.family_id).where(refresh_tokens.c.token_hash == token_hash)
        columns = (token_families.c.id, token_families.c.user_id, token_families.c.revoked_at)
        statement = select(*columns).where(token_families.c.id == family_id.scalar_subquery()).with_for_update()
        row = (await self._session.execute(statement)).mappings().one_or_none()
        return TokenFamily(**row) if row else None

    async def token(self, token_hash: bytes) -> RefreshToken:
        """A token that is known to be there."""
        columns = (
            refresh_tokens.c.token_hash,
            refresh_tokens.c.family_id,
            refresh_tokens.c.expires_at,
            refresh_tokens.c.used_at,
        )
        statement = select(*columns).where(refresh_tokens.c.token_hash == token_hash)
        return RefreshToken(**(await self._session.execute(statement)).mappings().one())

    async def mark_used(self, token_hash: bytes, now: datetime) -> None:
        """Notes that a token was exchanged."""
        statement = update(refresh_tokens).where(refresh_tokens.c.token_hash == token_hash)
        await self._session.execute(statement.values(used_at=now))

    async def revoke(self, family_id: UUID, now: datetime) -> None:
        """Ends one family."""
        await self._revoke(token_families.c.id == family_id, now)

    async def revoke_all(self, user_id: UUID, now: datetime) -> None:
        """Ends every family of a person."""
        await self._revoke(token_families.c.user_id == user_id, now)

    async def forget_expired(self, before: datetime) -> int:
        """Deletes the families whose last token expired earlier; returns how many."""
        statement = delete(token_families).where(token_families.c.expires_at < before)
        gone = await self._session.execute(statement.returning(token_families.c.id))
        return len(gone.all())

    async def _revoke(self, condition: object, now: datetime) -> None:
        statement = update(token_families).where(condition, token_families.c.revoked_at.is_(None))  # type: ignore[arg-type]
        await self._session.execute(statement.values(revoked_at=now))
