"""Page tokens: where a list goes on, as one opaque word that only fits the list it was made for."""

import base64
import binascii
import hashlib
import struct
from datetime import UTC, datetime, timedelta
from uuid import UUID

from voicecbt.journal.domain import Position, Window

LAYOUT = struct.Struct(">q16s8s")  # Microseconds since 1970, mood id, digest of all that the token depends on.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DIGEST_BYTES = 8  # Finds damage and mix-ups. Not a signature: whatever the token says, a page is the owner's own.


class BadPageToken(ValueError):
    """The token is damaged, or was given out for another list."""


def encode(position: Position, user_id: UUID, window: Window) -> str:
    """The token for the page after `position`."""
    micros = (position.time - EPOCH) // MICROSECOND
    digest = _digest(micros, position.mood_id.bytes, user_id, window)
    return base64.urlsafe_b64encode(LAYOUT.pack(micros, position.mood_id.bytes, digest)).rstrip(b"=").decode()


def decode(token: str, user_id: UUID, window: Window) -> Position:
    """The position in `token`. Raises BadPageToken."""
    try:
        blob = base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
        micros, mood_id, digest = LAYOUT.unpack(blob)
        position = Position(EPOCH + micros * MICROSECOND, UUID(bytes=mood_id))
    except (binascii.Error, UnicodeEncodeError, struct.error, OverflowError):
        raise BadPageToken("not a page token") from None
    if digest != _digest(micros, mood_id, user_id, window):
        raise BadPageToken("not a page token of this list")
    return position


def _digest(micros: int, mood_id: bytes, user_id: UUID, window: Window) -> bytes:
    bounds = [bound.isoformat() if bound else "" for bound in (window.start, window.end)]
    parts = [struct.pack(">q", micros), mood_id, user_id.bytes, *(bound.encode() for bound in bounds)]
    return hashlib.blake2b(b"\x00".join(parts), digest_size=DIGEST_BYTES).digest()
