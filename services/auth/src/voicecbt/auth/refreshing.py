"""Exchanging and revoking refresh tokens.

A refresh token works once. Whoever presents one a second time may be a thief, or the owner after a thief: the two
cannot be told apart, so the whole family ends and the person signs in again. Two exchanges of the same token at the
same moment are no exception: one gets its pair, the other is reuse, and the pair's refresh token is dead. Clients
therefore never refresh twice at once, and never repeat a refresh whose answer they lost without a new sign-in.
"""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from voicecbt.auth.clock import Clock
from voicecbt.auth.domain import AuditAction, AuditRecord, TokenFamily, TokenPair
from voicecbt.auth.repository import Accounts, AuditTrail, TokenFamilies
from voicecbt.auth.tokens import TokenMint, hash_of
from voicecbt.kit.database import Database
from voicecbt.kit.errors import Unauthenticated


@dataclass(frozen=True, slots=True)
class Refreshing:
    """Rotates refresh tokens and ends families."""

    database: Database
    mint: TokenMint
    clock: Clock

    async def refresh(self, refresh_token: str) -> TokenPair:
        """A new pair for a token. Unauthenticated if it is unknown, expired, revoked or used: all look the same."""
        # Reuse must be committed, so the refusal is raised only after the transaction.
        async with self.database.transaction() as session:
            pair = await self._exchanged(session, hash_of(refresh_token))
        if pair is None:
            raise Unauthenticated("REFRESH_TOKEN_INVALID", "the refresh token is not valid; sign in again")
        return pair

    async def sign_out(self, refresh_token: str) -> None:
        """Ends the token's family. Does nothing for a token that is unknown or already ended."""
        async with self.database.transaction() as session:
            families = TokenFamilies(session)
            family = await families.lock_family_of(hash_of(refresh_token))
            if family and family.revoked_at is None:
                await families.revoke(family.id, self.clock())
                await self._audit(session, family, AuditAction.SIGNED_OUT)

    async def _exchanged(self, session: AsyncSession, token_hash: bytes) -> TokenPair | None:
        families, now = TokenFamilies(session), self.clock()
        family = await families.lock_family_of(token_hash)
        if family is None or family.revoked_at is not None:
            return None
        token = await families.token(token_hash)
        if token.used_at is not None:
            await families.revoke(family.id, now)
            await self._audit(session, family, AuditAction.REFRESH_REUSED)
            return None
        account = await Accounts(session).with_id(family.user_id)
        if account is None or token.expires_at <= now:
            return None
        await families.mark_used(token_hash, now)
        return await self.mint.next_pair(session, account, family)

    async def _audit(self, session: AsyncSession, family: TokenFamily, action: AuditAction) -> None:
        person = str(family.user_id)
        await AuditTrail(session).append(AuditRecord(person, action, person), self.clock())
