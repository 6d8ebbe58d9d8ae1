"""Erasing a person: the data key is destroyed, the account emptied, and everybody else told."""

from dataclasses import dataclass
from uuid import UUID

from voicecbt.auth.clock import Clock
from voicecbt.auth.domain import AuditAction, AuditRecord
from voicecbt.auth.repository import Accounts, AuditTrail, Consents, DataKeyRows, TokenFamilies
from voicecbt.auth.sign_in import SignIn
from voicecbt.kit.database import Database
from voicecbt.kit.errors import NotFound
from voicecbt.kit.outbox import Outbox
from voicecbt.stubs.events.v1 import events_pb2


@dataclass(frozen=True, slots=True)
class Erasure:
    """Erases accounts, for good."""

    database: Database
    sign_in: SignIn
    outbox: Outbox
    clock: Clock

    async def erase(self, user_id: UUID, password: str, peer: str) -> None:
        """Erases the account after asking for the password again.

        Raises Unauthenticated for a wrong password, ResourceExhausted after too many, NotFound once erased. Access
        tokens already given out live on for their remaining minutes, but there is nothing left to reach with them.
        """
        await self.sign_in.confirm(user_id, password, peer)
        async with self.database.transaction() as session:
            now = self.clock()
            if await Accounts(session).lock(user_id) is None:
                raise NotFound("account")
            await DataKeyRows(session).destroy(user_id)
            await TokenFamilies(session).revoke_all(user_id, now)
            await Consents(session).forget(user_id)
            await Accounts(session).anonymise(user_id, now)
            event = events_pb2.Event(user_id=str(user_id), account_erased=events_pb2.AccountErased())
            await self.outbox.add(session, event)
            record = AuditRecord(str(user_id), AuditAction.ACCOUNT_ERASED, str(user_id))
            await AuditTrail(session).append(record, now)
