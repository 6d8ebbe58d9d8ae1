"""Tokens and data keys for tests: real signatures and real keys, made on the spot."""

import hashlib
import time
import uuid
from collections.abc import Sequence

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from voicecbt.kit.errors import NotFound

ISSUER = "voicecbt"
AUDIENCE = "voicecbt"
SERVICE_SECRET = "a secret of tests, long enough for HS256"  # noqa: S105


class TokenMint:
    """Signs access tokens with a key of its own, and is the SigningKeys that verifies them."""

    def __init__(self) -> None:
        self.kid = uuid.uuid4().hex[:8]
        self.private_key = Ed25519PrivateKey.generate()

    async def key(self, kid: str) -> Ed25519PublicKey | None:
        """The public key, when `kid` is its id."""
        return self.private_key.public_key() if kid == self.kid else None

    def token(self, user_id: str, roles: Sequence[str] = ("user",), lifetime_seconds: int = 1800) -> str:
        """An access token; a negative lifetime gives an expired one."""
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": user_id, "roles": list(roles), "iat": now, "sid": "test"}
        headers = {"kid": self.kid}
        return jwt.encode({**claims, "exp": now + lifetime_seconds}, self.private_key, "EdDSA", headers)

    def metadata(self, user_id: str, roles: Sequence[str] = ("user",)) -> tuple[tuple[str, str], ...]:
        """gRPC metadata that authenticates as that person."""
        return (("authorization", f"Bearer {self.token(user_id, roles)}"),)


class FakeDataKeys:
    """Data keys without auth: one per person, derived from the id; `erase` destroys one."""

    def __init__(self) -> None:
        self._erased: set[str] = set()

    async def key_for(self, user_id: str) -> bytes:
        """32 bytes. Raises NotFound once the person is erased."""
        if user_id in self._erased:
            raise NotFound("person")
        return hashlib.sha256(user_id.encode()).digest()

    def erase(self, user_id: str) -> None:
        """The key is gone."""
        self._erased.add(user_id)
