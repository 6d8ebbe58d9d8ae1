"""The key-encryption key: wraps every private key and data key before it is stored."""

import base64
import binascii
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12  # the size AES-GCM is made for


class WrongKeyEncryptionKey(RuntimeError):
    """A stored key does not open: it was wrapped with another key-encryption key, or changed."""


def decode_key(text: str) -> bytes:
    """Reads a base64 key. ValueError unless it is 32 bytes; the message never holds the text."""
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("must be base64") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"must be {KEY_BYTES} bytes as base64, is {len(key)}")
    return key


class KeyEncryption:
    """Wraps and unwraps small secrets with AES-256-GCM; `purpose` is bound to the result.

    A blob wrapped for one purpose (one person's data key, one signing key) does not open for another, so rows
    cannot be swapped in the database.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a key-encryption key has {KEY_BYTES} bytes")
        self._key = key
        self._cipher = AESGCM(key)

    def wrap(self, secret: bytes, purpose: str) -> bytes:
        """Nonce, ciphertext and tag."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, purpose.encode())

    def unwrap(self, blob: bytes, purpose: str) -> bytes:
        """The secret. WrongKeyEncryptionKey if the blob does not belong to this key and purpose."""
        try:
            return self._cipher.decrypt(blob[:NONCE_BYTES], blob[NONCE_BYTES:], purpose.encode())
        except InvalidTag:
            raise WrongKeyEncryptionKey(f"cannot open a stored {purpose.partition(':')[0]}") from None

    def subkey(self, purpose: str) -> bytes:
        """A 32-byte key for another use, from which this one cannot be found (HKDF-SHA256)."""
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose.encode()).derive(self._key)
