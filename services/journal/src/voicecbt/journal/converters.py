"""Between the wire and the domain, both ways."""

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from voicecbt.journal.domain import Details, Mood, Window
from voicecbt.kit.errors import InvalidArgument
from voicecbt.stubs.journal.v1 import journal_pb2


def moment(field: str, timestamp: Timestamp) -> datetime:
    """The time in UTC, to the microsecond. Raises InvalidArgument when no calendar has it."""
    try:
        return timestamp.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise InvalidArgument(field, "must be a time between the years 1 and 9999") from None


def window(request: journal_pb2.ListMoodsRequest) -> Window:
    """The asked time span. Raises InvalidArgument when `to` is not after `from`."""
    start = getattr(request, "from")  # A word of Python's.
    asked = Window(
        moment("from", start) if request.HasField("from") else None,
        moment("to", request.to) if request.HasField("to") else None,
    )
    if asked.is_backwards:
        raise InvalidArgument("to", "must be after `from`")
    return asked


def details(mood: journal_pb2.Mood) -> Details:
    """What the person told; 0 on the wire is "not told" for the last three."""
    return Details(
        mood_score=mood.mood_score,
        emotions=dict(mood.emotions),
        context=mood.context,
        notes=mood.notes,
        environmental_factors=dict(mood.environmental_factors),
        sleep_quality=mood.sleep_quality or None,
        stress_level=mood.stress_level or None,
        energy_level=mood.energy_level or None,
    )


def mood_message(mood: Mood) -> journal_pb2.Mood:
    """The entry for its owner."""
    told = mood.details
    time = Timestamp()
    time.FromDatetime(mood.time)
    return journal_pb2.Mood(
        mood_id=str(mood.id),
        time=time,
        mood_score=told.mood_score,
        emotions=told.emotions,
        context=told.context,
        notes=told.notes,
        environmental_factors=told.environmental_factors,
        sleep_quality=told.sleep_quality or 0,
        stress_level=told.stress_level or 0,
        energy_level=told.energy_level or 0,
    )
