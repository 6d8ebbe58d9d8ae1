"""SQL of consents, always scoped to who may see them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, and_, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from voicecbt.auth.domain import Consent, ConsentScope
from voicecbt.auth.tables import consents


class Consents:
    """Reads and writes consents inside one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, consent: Consent) -> None:
        """Inserts a consent."""
        await self._session.execute(
            insert(consents).values(
                id=consent.id,
                user_id=consent.user_id,
                clinician_id=consent.clinician_id,
                scopes=list(consent.scopes),
                granted_at=consent.granted_at,
                expires_at=consent.expires_at,
            )
        )

    async def revoke(self, consent_id: UUID, owner: UUID, now: datetime) -> bool:
        """Ends a consent of `owner`. False if there is none such, True also if it had ended before."""
        mine = and_(consents.c.id == consent_id, consents.c.user_id == owner)
        await self._session.execute(
            update(consents).where(mine, consents.c.revoked_at.is_(None)).values(revoked_at=now)
        )
        return (await self._session.execute(select(consents.c.id).where(mine))).one_or_none() is not None

    async def seen_by(self, user_id: UUID, now: datetime) -> Sequence[Consent]:
        """All that the person gave, and those in force that were given to them; newest first."""
        in_force = and_(
            consents.c.clinician_id == user_id,
            consents.c.revoked_at.is_(None),
            or_(consents.c.expires_at.is_(None), consents.c.expires_at > now),
        )
        statement = select(consents).where(or_(consents.c.user_id == user_id, in_force))
        rows = await self._session.execute(statement.order_by(consents.c.granted_at.desc()))
        return [_consent(row) for row in rows.mappings()]

    async def forget(self, user_id: UUID) -> None:
        """Deletes all that the person gave."""
        await self._session.execute(delete(consents).where(consents.c.user_id == user_id))


def _consent(row: RowMapping) -> Consent:
    return Consent(
        id=row["id"],
        user_id=row["user_id"],
        clinician_id=row["clinician_id"],
        scopes=tuple(ConsentScope(scope) for scope in row["scopes"]),
        granted_at=row["granted_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
    )
