"""A person opens some of their information to a clinician, and closes it again."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from voicecbt.auth.clock import Clock
from voicecbt.auth.domain import AuditAction, AuditRecord, Consent, ConsentScope, Role, normal_email
from voicecbt.auth.repository import Accounts, AuditTrail, Consents
from voicecbt.kit.database import Database
from voicecbt.kit.errors import InvalidArgument, NotFound


@dataclass(frozen=True, slots=True)
class Consenting:
    """Grants, revokes and lists consents."""

    database: Database
    clock: Clock

    async def grant(
        self, user_id: UUID, clinician_email: str, scopes: Sequence[ConsentScope], expires_at: datetime | None
    ) -> Consent:
        """Opens `scopes` to the clinician. NotFound if nobody with that email is one; InvalidArgument if expired."""
        now = self.clock()
        if expires_at and expires_at <= now:
            raise InvalidArgument("expires_at", "Give a moment in the future, or none.")
        async with self.database.transaction() as session:
            clinician = await Accounts(session).with_email(normal_email(clinician_email))
            if clinician is None or Role.CLINICIAN not in clinician.roles or clinician.id == user_id:
                raise NotFound("clinician")
            # An access token outlives an erasure by some minutes; the lock keeps the two from passing each other.
            if await Accounts(session).lock(user_id, share=True) is None:
                raise NotFound("account")
            unique = tuple(dict.fromkeys(scopes))
            consent = Consent(uuid.uuid4(), user_id, clinician.id, unique, now, expires_at)
            await Consents(session).add(consent)
            record = AuditRecord(str(user_id), AuditAction.CONSENT_GRANTED, str(user_id))
            await AuditTrail(session).append(record, now)
        return consent

    async def revoke(self, user_id: UUID, consent_id: UUID) -> None:
        """Ends one of the person's consents; again without harm. NotFound if it is not theirs."""
        async with self.database.transaction() as session:
            if not await Consents(session).revoke(consent_id, user_id, self.clock()):
                raise NotFound("consent")
            record = AuditRecord(str(user_id), AuditAction.CONSENT_REVOKED, str(user_id))
            await AuditTrail(session).append(record, self.clock())

    async def seen_by(self, user_id: UUID) -> Sequence[Consent]:
        """What the person gave, and what is in force for them as a clinician; newest first."""
        async with self.database.transaction() as session:
            return await Consents(session).seen_by(user_id, self.clock())
