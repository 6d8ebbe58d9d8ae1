"""Encryption of what people say: AES-256-GCM with a key per person, bound to the person and the field."""

import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import grpc
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from voicecbt.kit.errors import NotFound
from voicecbt.stubs.auth.v1 import auth_pb2

KEY_BYTES = 32
NONCE_BYTES = 12  # NIST SP 800-38D: random 96-bit nonces; safe for 2^32 fields of one person.
FORMAT_1 = b"\x01"  # In front of every blob, so that the format can change one day.
CACHE_SECONDS = 60.0  # How long an erased person's data can still be read by a service that had just read it.
CACHE_PEOPLE = 10_000


class DataKeys(Protocol):
    """Where people's data keys come from."""

    async def key_for(self, user_id: str) -> bytes:
        """32 bytes. Raises NotFound once the person is erased."""


# The RPC of `auth.v1.KeyService`, as its stub offers it.
GetDataKey = Callable[[auth_pb2.GetDataKeyRequest], Awaitable[auth_pb2.GetDataKeyResponse]]


@dataclass(frozen=True, slots=True)
class _Cached:
    key: bytes
    until: float


class AuthDataKeys:
    """Data keys from the auth service, kept for a minute."""

    def __init__(self, get_data_key: GetDataKey) -> None:
        self._get_data_key = get_data_key
        self._cache: dict[str, _Cached] = {}

    async def key_for(self, user_id: str) -> bytes:
        """The person's key, from the cache when it is fresh. Raises NotFound once the person is erased."""
        cached = self._cache.get(user_id)
        if cached and time.monotonic() < cached.until:
            return cached.key
        response = await self._asked(user_id)
        if len(self._cache) >= CACHE_PEOPLE:
            self._cache.pop(next(iter(self._cache)))
        self._cache[user_id] = _Cached(response.key, time.monotonic() + CACHE_SECONDS)
        return response.key

    async def _asked(self, user_id: str) -> auth_pb2.GetDataKeyResponse:
        try:
            return await self._get_data_key(auth_pb2.GetDataKeyRequest(user_id=user_id))
        except grpc.aio.AioRpcError as error:
            if error.code() == grpc.StatusCode.NOT_FOUND:
                raise NotFound("account") from None
            raise

    def forget(self, user_id: str) -> None:
        """Drops the cached key, when the person was erased."""
        self._cache.pop(user_id, None)


class CannotDecrypt(Exception):
    """The blob is damaged, or belongs to another person or field."""


class FieldCipher:
    """Encrypts and decrypts single text fields."""

    def __init__(self, keys: DataKeys) -> None:
        self._keys = keys

    async def encrypt(self, user_id: str, field: str, text: str) -> bytes:
        """The text as a blob that only the same person's key, for the same field name, opens."""
        nonce = os.urandom(NONCE_BYTES)
        cipher = AESGCM(await self._keys.key_for(user_id))
        return FORMAT_1 + nonce + cipher.encrypt(nonce, text.encode(), _context(user_id, field))

    async def decrypt(self, user_id: str, field: str, blob: bytes) -> str:
        """The text. Raises CannotDecrypt, and NotFound when the person's key was destroyed."""
        if blob[:1] != FORMAT_1:
            raise CannotDecrypt(field)
        nonce, sealed = blob[1 : 1 + NONCE_BYTES], blob[1 + NONCE_BYTES :]
        cipher = AESGCM(await self._keys.key_for(user_id))
        try:
            return cipher.decrypt(nonce, sealed, _context(user_id, field)).decode()
        except InvalidTag:
            raise CannotDecrypt(field) from None


def _context(user_id: str, field: str) -> bytes:
    return f"{user_id}\x00{field}".encode()
