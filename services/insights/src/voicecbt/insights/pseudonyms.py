"""Ids that cannot be led back to people without the secret."""

import hmac
from uuid import UUID


class Pseudonyms:
    """HMAC-SHA256 of an id, cut to a UUID. Different kinds of id give unrelated pseudonyms."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def of(self, kind: str, identifier: str) -> UUID:
        """The pseudonym of a `kind` (`user`, `session`, ...) of id. Raises ValueError when it is not a UUID."""
        canonical = f"{kind}:{UUID(identifier)}"
        return UUID(bytes=hmac.digest(self._secret, canonical.encode(), "sha256")[:16])
