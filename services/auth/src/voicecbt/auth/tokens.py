"""Makes the tokens of a signed-in client: a signed access token and an opaque refresh token."""

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt
from sqlalchemy.ext.asyncio import AsyncSession

from voicecbt.auth.clock import Clock
from voicecbt.auth.domain import Account, RefreshToken, TokenFamily, TokenPair
from voicecbt.auth.repository import TokenFamilies
from voicecbt.auth.signing_keys import SigningKeyRing

REFRESH_TOKEN_BYTES = 32  # 256 bits: guessing is hopeless, so a plain SHA-256 is a safe form to store


@dataclass(frozen=True, slots=True)
class TokenPolicy:
    """What access tokens say, and how long both kinds live."""

    issuer: str
    audience: str
    access_lifetime: timedelta
    refresh_lifetime: timedelta


class TokenMint:
    """Issues token pairs. The caller's transaction decides whether they count."""

    def __init__(self, keys: SigningKeyRing, policy: TokenPolicy, clock: Clock) -> None:
        self._keys = keys
        self._policy = policy
        self._clock = clock

    async def start_family(self, session: AsyncSession, account: Account) -> TokenPair:
        """The first pair after a sign-in."""
        now = self._clock()
        family = TokenFamily(uuid.uuid4(), account.id, revoked_at=None)
        await TokenFamilies(session).start(family, now, now + self._policy.refresh_lifetime)
        return await self.next_pair(session, account, family)

    async def next_pair(self, session: AsyncSession, account: Account, family: TokenFamily) -> TokenPair:
        """A further pair of the same sign-in."""
        now = self._clock().replace(microsecond=0)
        text = secrets.token_urlsafe(REFRESH_TOKEN_BYTES)
        token = RefreshToken(hash_of(text), family.id, now + self._policy.refresh_lifetime, used_at=None)
        await TokenFamilies(session).add(token, now)
        access_expires_at = now + self._policy.access_lifetime
        access = self._access_token(account, family, now, access_expires_at)
        return TokenPair(access, text, access_expires_at, token.expires_at)

    def _access_token(self, account: Account, family: TokenFamily, now: datetime, expires_at: datetime) -> str:
        signer = self._keys.signer()
        claims = {
            "iss": self._policy.issuer,
            "aud": self._policy.audience,
            "sub": str(account.id),
            "roles": sorted(account.roles),
            "sid": str(family.id),
            "jti": str(uuid.uuid4()),
            "iat": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
        }
        return jwt.encode(claims, signer.private_key, algorithm="EdDSA", headers={"kid": signer.kid})


def hash_of(refresh_token: str) -> bytes:
    """The form in which a refresh token is stored and found: SHA-256."""
    return hashlib.sha256(refresh_token.encode()).digest()
