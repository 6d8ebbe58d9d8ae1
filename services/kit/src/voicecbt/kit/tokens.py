"""Verification of the two kinds of token.

People carry an EdDSA JWT of the auth service. Services carry a short HS256 JWT signed with the platform's service
secret, in a metadata key of its own, so that neither can ever be taken for the other.
"""

import time
from collections.abc import Mapping
from typing import Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from voicecbt.kit.callers import Caller, Role
from voicecbt.kit.errors import Unauthenticated

SERVICE_ISSUER = "voicecbt-service"
SERVICE_TOKEN_SECONDS = 60  # Longer than any call's deadline to be accepted, too short to be worth stealing.
SERVICE_TOKEN_REUSE_SECONDS = 20  # Signing one takes about 0.1 ms, and a turn makes a dozen calls.
ISSUED_KEPT = 10_000
CLOCK_LEEWAY_SECONDS = 5  # Between hosts that keep time by NTP.

USER_ROLES: Mapping[str, int] = {
    "user": Role.ROLE_USER,
    "clinician": Role.ROLE_CLINICIAN,
    "operator": Role.ROLE_OPERATOR,
}


class SigningKeys(Protocol):
    """Where the public keys come from that verify people's tokens."""

    async def key(self, kid: str) -> Ed25519PublicKey | None:
        """The key with that id, or None when there is none."""


class UserTokens:
    """Verifies people's access tokens."""

    def __init__(self, keys: SigningKeys, issuer: str, audience: str) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience

    async def verify(self, token: str) -> Caller:
        """The caller that the token names. Raises Unauthenticated for any token that is not wholly right."""
        try:
            kid = jwt.get_unverified_header(token).get("kid", "")
        except jwt.PyJWTError:
            raise Unauthenticated("TOKEN_INVALID", "the access token is not valid; sign in again") from None
        key = await self._keys.key(str(kid))
        if key is None:
            raise Unauthenticated("TOKEN_INVALID", "the access token is not valid; sign in again")
        return self._caller(token, key)

    def _caller(self, token: str, key: Ed25519PublicKey) -> Caller:
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=["EdDSA"],
                audience=self._audience,
                issuer=self._issuer,
                leeway=CLOCK_LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "sub", "aud", "iss"]},
            )
        except jwt.ExpiredSignatureError:
            raise Unauthenticated("TOKEN_EXPIRED", "the access token has expired; refresh it") from None
        except jwt.PyJWTError:
            raise Unauthenticated("TOKEN_INVALID", "the access token is not valid; sign in again") from None
        roles = frozenset(USER_ROLES[role] for role in claims.get("roles", []) if role in USER_ROLES)
        return Caller(user_id=str(claims["sub"]), roles=roles, token=token)


class ServiceTokens:
    """Makes and verifies the tokens that services show one another."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._issued: dict[tuple[str, str], tuple[int, str]] = {}

    def issue(self, service: str, acting_for: str = "") -> str:
        """A token for `service`, acting for the person `acting_for` (a user id, or empty for nobody)."""
        now = int(time.time())
        issued_at, token = self._issued.get((service, acting_for), (0, ""))
        if now - issued_at < SERVICE_TOKEN_REUSE_SECONDS:
            return token
        if len(self._issued) >= ISSUED_KEPT:
            self._issued.clear()
        claims = {"iss": SERVICE_ISSUER, "sub": service, "act": acting_for, "iat": now}
        token = jwt.encode({**claims, "exp": now + SERVICE_TOKEN_SECONDS}, self._secret, algorithm="HS256")
        self._issued[service, acting_for] = now, token
        return token

    def verify(self, token: str) -> Caller:
        """The calling service. Raises Unauthenticated."""
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=["HS256"],
                issuer=SERVICE_ISSUER,
                leeway=CLOCK_LEEWAY_SECONDS,
                options={"require": ["exp", "sub", "iss"]},
            )
        except jwt.PyJWTError:
            raise Unauthenticated("SERVICE_TOKEN_INVALID", "the service token is not valid") from None
        return Caller(
            user_id=str(claims.get("act", "")), roles=frozenset({Role.ROLE_SERVICE}), service=str(claims["sub"])
        )
