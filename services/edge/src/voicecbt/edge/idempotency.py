"""The Idempotency-Key header: a write that is sent again under the same key is done once."""

from typing import Annotated

from fastapi import Depends, Header

from voicecbt.edge.problems import invalid

HEADER = "Idempotency-Key"
MAX_KEY_LENGTH = 100  # As in the requests that carry it on.


async def idempotency_key(
    key: Annotated[
        str,
        Header(
            alias=HEADER,
            description="Your choice of 1 to 100 visible ASCII characters, such as a UUID; the same for a retry.",
            json_schema_extra={"minLength": 1, "maxLength": MAX_KEY_LENGTH, "pattern": "^[!-~]+$"},
            examples=["0b7a5f0e-6a47-4f0f-9d0e-2f1c1d1b8f11"],
        ),
    ],
) -> str:
    """Raises Problem 400 naming the header."""
    if not key.isascii() or not key.isprintable() or " " in key or not 1 <= len(key) <= MAX_KEY_LENGTH:
        raise invalid(HEADER, f"must be 1 to {MAX_KEY_LENGTH} visible ASCII characters")
    return key


IdempotencyKey = Annotated[str, Depends(idempotency_key)]
