"""Signing in, and checking a password again for what must not be done with a token alone."""

from dataclasses import dataclass
from uuid import UUID

import structlog

from voicecbt.auth.clock import Clock
from voicecbt.auth.domain import Account, AuditAction, AuditRecord, TokenPair, normal_email
from voicecbt.auth.password_hashing import PasswordHashing
from voicecbt.auth.profiles import Profiles
from voicecbt.auth.registration import SignedIn
from voicecbt.auth.repository import Accounts, AuditTrail
from voicecbt.auth.throttle import SignInThrottle
from voicecbt.auth.tokens import TokenMint
from voicecbt.kit.database import Database
from voicecbt.kit.errors import NotFound, Unauthenticated

NOBODY = "anonymous"  # the actor of an attempt by somebody who did not prove who they are

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SignIn:
    """Checks passwords. An unknown email and a wrong password get the same answer after the same work."""

    database: Database
    hashing: PasswordHashing
    mint: TokenMint
    throttle: SignInThrottle
    profiles: Profiles
    clock: Clock

    async def sign_in(self, email: str, password: str, peer: str) -> SignedIn:
        """Profile and tokens. Raises Unauthenticated, and ResourceExhausted after too many failures."""
        async with self.throttle.sign_in(normal_email(email), peer):
            account, stale = await self._proved(email, password)
        rehashed = await self.hashing.hash(password) if stale else ""
        return SignedIn(await self.profiles.opened(account), await self._admitted(account, rehashed))

    async def confirm(self, user_id: UUID, password: str, peer: str) -> None:
        """Returns if it is the person's password. Raises as `sign_in` does, and NotFound once erased."""
        async with self.database.transaction() as session:
            account = await Accounts(session).with_id(user_id)
        if account is None:
            raise NotFound("account")
        async with self.throttle.sign_in(normal_email(account.email), peer):
            verdict = await self.hashing.verify(password, account.password_hash)
            if not verdict.matches:
                await self._record(str(user_id), AuditAction.CONFIRMATION_FAILED, user_id)
                raise Unauthenticated("PASSWORD_WRONG", "the password is not right")

    async def _proved(self, email: str, password: str) -> tuple[Account, bool]:
        """The account, and whether its hash is stale."""
        async with self.database.transaction() as session:
            account = await Accounts(session).with_email(normal_email(email))
        verdict = await self.hashing.verify(password, account.password_hash if account else None)
        if account is None or not verdict.matches:
            await self._record(NOBODY, AuditAction.SIGN_IN_FAILED, account.id if account else None)
            raise _refused()
        return account, verdict.stale

    async def _admitted(self, account: Account, rehashed: str) -> TokenPair:
        async with self.database.transaction() as session:
            accounts, now = Accounts(session), self.clock()
            if not await accounts.signed_in(account.id, now):  # erased while the password was checked
                raise _refused()
            if rehashed:
                await accounts.rehashed(account.id, account.password_hash, rehashed)
            tokens = await self.mint.start_family(session, account)
            record = AuditRecord(str(account.id), AuditAction.SIGN_IN_SUCCEEDED, str(account.id))
            await AuditTrail(session).append(record, now)
        return tokens

    async def _record(self, actor: str, action: AuditAction, subject: UUID | None) -> None:
        log.info("password refused", action=action.value)
        async with self.database.transaction() as session:
            record = AuditRecord(actor, action, str(subject) if subject else "")
            await AuditTrail(session).append(record, self.clock())


def _refused() -> Unauthenticated:
    return Unauthenticated("SIGN_IN_REFUSED", "the email or the password is not right")
