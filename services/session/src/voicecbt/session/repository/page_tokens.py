"""Page tokens: the place after which the next page begins. Opaque to clients, and worth nothing without the owner."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from voicecbt.kit.errors import InvalidArgument


@dataclass(frozen=True, slots=True)
class PageToken:
    """The last session of a page, by its key in the order newest first."""

    start_time: datetime
    session_id: UUID

    def text(self) -> str:
        """As it is given to the client."""
        return base64.urlsafe_b64encode(f"{self.start_time.isoformat()} {self.session_id}".encode()).decode()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises InvalidArgument."""
        try:
            start_time, _, session_id = base64.urlsafe_b64decode(text.encode()).decode().partition(" ")
            token = cls(datetime.fromisoformat(start_time), UUID(session_id))
            if token.start_time.tzinfo is None:
                raise ValueError("no time zone")
        except (ValueError, binascii.Error):
            raise InvalidArgument("page_token", "is not one that we gave out") from None
        return token
