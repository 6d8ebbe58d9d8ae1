"""The Ed25519 keys that sign access tokens: made, announced, used, retired and forgotten by age.

A new key is listed for `lead` before it signs anything, so that whoever caches the key set has it in time. A retired
key stays listed until what it signed has expired; its private half is destroyed at once.
"""

import asyncio
import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from voicecbt.auth.clock import Clock
from voicecbt.auth.key_encryption import KeyEncryption
from voicecbt.auth.repository import SigningKeyRows, StoredSigningKey
from voicecbt.kit.database import Database
from voicecbt.kit.errors import Unavailable

REFRESH_SECONDS = 60.0  # how long a replica may not know of a key; far below any sensible `lead`
RETIREMENT_SLACK = timedelta(minutes=10)  # covers REFRESH_SECONDS in other replicas, and clocks that differ

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RotationPolicy:
    """When keys are replaced. `lead` must be well below `rotate_after`."""

    rotate_after: timedelta
    lead: timedelta
    token_lifetime: timedelta

    def wants_new(self, live: Sequence[StoredSigningKey], now: datetime) -> bool:
        """Whether the successor must be made now. `live` are the keys that are not retired, oldest first."""
        return not live or now - live[-1].created_at >= self.rotate_after - self.lead

    def signer(self, live: Sequence[StoredSigningKey], now: datetime) -> StoredSigningKey:
        """The newest key that has been listed for `lead`; the oldest while none has."""
        announced = [key for key in live if now - key.created_at >= self.lead]
        return announced[-1] if announced else live[0]

    def forgets_before(self, now: datetime) -> datetime:
        """Keys retired before this moment have no valid token left."""
        return now - self.token_lifetime - RETIREMENT_SLACK


@dataclass(frozen=True, slots=True)
class Signer:
    """The key that signs at present."""

    kid: str
    private_key: Ed25519PrivateKey = field(repr=False)


class SigningKeyRing:
    """The keys in memory, kept as the database has them. Any number of replicas may run one."""

    def __init__(self, database: Database, encryption: KeyEncryption, policy: RotationPolicy, clock: Clock) -> None:
        self._database = database
        self._encryption = encryption
        self._policy = policy
        self._clock = clock
        self._public: dict[str, Ed25519PublicKey] = {}
        self._signer: Signer | None = None

    def signer(self) -> Signer:
        """The key to sign with. RuntimeError before the first `refresh`."""
        if self._signer is None:
            raise RuntimeError("the signing keys have not been loaded")
        return self._signer

    async def key(self, kid: str) -> Ed25519PublicKey | None:
        """The public key with that id, or None; what voicecbt.kit verifies tokens with."""
        return self._public.get(kid)

    def jwks(self) -> str:
        """The public keys as a JSON Web Key Set (RFC 7517, RFC 8037)."""
        keys = [
            {"kid": kid, "use": "sig", "alg": "EdDSA", **_public_jwk(key.public_bytes_raw())}
            for kid, key in self._public.items()
        ]
        return json.dumps({"keys": keys})

    async def refresh(self) -> None:
        """Makes, retires and forgets keys as their age asks for, then loads them.

        Raises WrongKeyEncryptionKey when a stored key does not open, and Unavailable without a database.
        """
        async with self._database.transaction() as session:
            rows = SigningKeyRows(session)
            await rows.lock()
            signer = await self._rotated(rows)
            listed = await rows.all()
        self._public = {row.kid: Ed25519PublicKey.from_public_bytes(row.public_key) for row in listed}
        self._signer = Signer(signer.kid, self._opened(signer))

    async def run(self) -> None:
        """Refreshes for ever. While the database is away the keys in memory go on."""
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            try:
                await self.refresh()
            except Unavailable:
                log.warning("signing keys not refreshed: the database is not answering")

    async def _rotated(self, rows: SigningKeyRows) -> StoredSigningKey:
        now = self._clock()
        live = [key for key in await rows.all() if key.retired_at is None]
        if self._policy.wants_new(live, now):
            live.append(self._made(now))
            await rows.add(live[-1])
            log.info("signing key made", kid=live[-1].kid)
        signer = self._policy.signer(live, now)
        for key in live[: live.index(signer)]:
            await rows.retire(key.kid, now)
            log.info("signing key retired", kid=key.kid)
        await rows.drop_retired(self._policy.forgets_before(now))
        return signer

    def _made(self, now: datetime) -> StoredSigningKey:
        private = Ed25519PrivateKey.generate()
        public = private.public_key().public_bytes_raw()
        kid = thumbprint(public)
        return StoredSigningKey(kid, public, self._encryption.wrap(private.private_bytes_raw(), _purpose(kid)), now)

    def _opened(self, row: StoredSigningKey) -> Ed25519PrivateKey:
        secret = self._encryption.unwrap(row.wrapped_private_key or b"", _purpose(row.kid))
        return Ed25519PrivateKey.from_private_bytes(secret)


def thumbprint(public_key: bytes) -> str:
    """The key's id: its JWK thumbprint (RFC 7638, SHA-256, base64url)."""
    canonical = json.dumps(_public_jwk(public_key), separators=(",", ":"), sort_keys=True)
    return _base64url(hashlib.sha256(canonical.encode()).digest())


def _public_jwk(public_key: bytes) -> dict[str, str]:
    return {"crv": "Ed25519", "kty": "OKP", "x": _base64url(public_key)}


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _purpose(kid: str) -> str:
    return f"signing key:{kid}"
