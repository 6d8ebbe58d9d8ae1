"""SHA-256 of streams and files, in constant memory."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

CHUNK_BYTES = 1 << 20  # large enough that hashing, not the loop, is the cost


def chunks(stream: IO[bytes]) -> Iterator[bytes]:
    """The rest of a binary stream in pieces of at most CHUNK_BYTES."""
    while chunk := stream.read(CHUNK_BYTES):
        yield chunk


def sha256_of(path: Path) -> str:
    """Lower-case hexadecimal SHA-256 of a file. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        for chunk in chunks(stream):
            digest.update(chunk)
    return digest.hexdigest()
