"""Path and query parameters that several routes share."""

from datetime import datetime
from typing import Annotated

from fastapi import Path, Query
from google.protobuf.timestamp_pb2 import Timestamp

from voicecbt.edge.constraints import UUID_PATTERN
from voicecbt.edge.examples import ID
from voicecbt.edge.problems import invalid

SessionId = Annotated[str, Path(pattern=UUID_PATTERN, examples=[ID])]
TurnId = Annotated[str, Path(pattern=UUID_PATTERN, examples=[ID])]
MoodId = Annotated[str, Path(pattern=UUID_PATTERN, examples=[ID])]

PageToken = Annotated[str, Query(max_length=200, description="`next_page_token` of the previous page.")]
Days = Annotated[int, Query(ge=1, le=366, description="How far back to look.")]
TimeZone = Annotated[str, Query(max_length=50, description="IANA name; UTC when left out.", examples=["Europe/Berlin"])]


def timestamp(field: str, time: datetime | None) -> Timestamp | None:
    """The time as a proto message. Raises Problem 400 for one that is before year 1 or after year 9999 in UTC."""
    if time is None:
        return None
    made = Timestamp()
    try:
        made.FromDatetime(time)
    except (OverflowError, ValueError):
        raise invalid(field, "is out of range") from None
    return made
