"""The auth service's public keys, as other services see them."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from voicecbt.kit.errors import Unavailable
from voicecbt.stubs.auth.v1 import auth_pb2

REFRESH_SECONDS = 300.0  # A retired key is refused at most this long after auth stops listing it.
UNKNOWN_KID_SECONDS = 5.0  # Made-up key ids must not turn into a flood of calls to auth.


# The RPC of `auth.v1.KeyService`, as its stub offers it.
GetSigningKeys = Callable[[auth_pb2.GetSigningKeysRequest], Awaitable[auth_pb2.GetSigningKeysResponse]]


def parse_jwks(document: str) -> Mapping[str, Ed25519PublicKey]:
    """The Ed25519 keys of a JWKS document by their id; keys of other types are left out."""
    keys = {}
    for entry in json.loads(document)["keys"]:
        if entry.get("crv") == "Ed25519":
            parsed = jwt.PyJWK(entry, algorithm="EdDSA").key
            if isinstance(parsed, Ed25519PublicKey):
                keys[str(entry["kid"])] = parsed
    return keys


class RemoteSigningKeys:
    """Keys fetched from auth and cached; fetched again when they are old or a token names an unknown one."""

    def __init__(self, get_signing_keys: GetSigningKeys) -> None:
        self._get_signing_keys = get_signing_keys
        self._keys: Mapping[str, Ed25519PublicKey] = {}
        self._fetched_at = float("-inf")
        self._lock = asyncio.Lock()

    async def key(self, kid: str) -> Ed25519PublicKey | None:
        """The key, or None. Raises Unavailable when auth has never answered."""
        if self._fresh(kid):
            return self._keys.get(kid)
        if kid in self._keys and self._lock.locked():  # Somebody asks already; the key we have will do until then.
            return self._keys[kid]
        async with self._lock:
            if not self._fresh(kid):
                await self._fetch()
        return self._keys.get(kid)

    def _fresh(self, kid: str) -> bool:
        age = time.monotonic() - self._fetched_at
        return age < (REFRESH_SECONDS if kid in self._keys else UNKNOWN_KID_SECONDS)

    async def _fetch(self) -> None:
        try:
            response = await self._get_signing_keys(auth_pb2.GetSigningKeysRequest())
        except Exception as error:
            if not self._keys:
                raise Unavailable("sign-in cannot be checked at the moment; try again shortly") from error
            # Tokens stay verifiable while auth is away. It is asked again soon, but not for every request.
            self._fetched_at = time.monotonic() - REFRESH_SECONDS + UNKNOWN_KID_SECONDS
            return
        self._keys = parse_jwks(response.jwks_json)
        self._fetched_at = time.monotonic()
