"""What other services learn of a mood: numbers, and words from closed lists. Never anything that a person typed.

Events travel and are stored in the clear. Names of emotions and surroundings are free text on the wire, so a name that
is not in the lists is left out, or counted as `other`.
"""

import re
from collections.abc import Mapping

from google.protobuf.timestamp_pb2 import Timestamp

from voicecbt.journal.domain import Mood
from voicecbt.stubs.emotion.v1 import emotion_pb2
from voicecbt.stubs.events.v1 import events_pb2

EMOTIONS = frozenset(
    name.removeprefix("EMOTION_LABEL_").lower()
    for name, _ in emotion_pb2.EmotionLabel.items()
    if name != "EMOTION_LABEL_UNSPECIFIED"
)
OTHER_EMOTION = "other"

FACTOR_WORDS = """
alcohol caffeine company daylight exercise location medication noise outdoors screen_time season sleep_hours
social_contact temperature weather work
"""
VALUE_WORDS = """
yes no none low medium high quiet loud dark bright cold mild hot sunny cloudy rain snow storm spring summer autumn
winter home work school outdoors travelling alone partner family friends colleagues strangers
"""
FACTORS = frozenset(FACTOR_WORDS.split())
FACTOR_VALUES = frozenset(VALUE_WORDS.split())
NUMBER = re.compile(r"[0-9]{1,4}(\.[0-9]{1,2})?")
TOLD = "told"  # The person said something about this factor; what, stays in the journal.


def mood_recorded(mood: Mood) -> events_pb2.Event:
    """The event of a new entry."""
    told = mood.details
    time = Timestamp()
    time.FromDatetime(mood.time)
    recorded = events_pb2.MoodRecorded(
        mood_id=str(mood.id),
        time=time,
        mood_score=told.mood_score,
        emotions=closed_emotions(told.emotions),
        environmental_factors=closed_factors(told.environmental_factors),
        sleep_quality=told.sleep_quality or 0,
        stress_level=told.stress_level or 0,
        energy_level=told.energy_level or 0,
    )
    return events_pb2.Event(user_id=str(mood.user_id), mood_recorded=recorded)


def mood_deleted(user_id: str, mood_id: str) -> events_pb2.Event:
    """The event of an entry that is gone."""
    return events_pb2.Event(user_id=user_id, mood_deleted=events_pb2.MoodDeleted(mood_id=mood_id))


def closed_emotions(emotions: Mapping[str, float]) -> dict[str, float]:
    """Known emotions as they are; the strongest of all others as `other`."""
    known = {name: strength for name, strength in emotions.items() if name in EMOTIONS}
    others = [strength for name, strength in emotions.items() if name not in EMOTIONS]
    return {**known, OTHER_EMOTION: max(others)} if others else known


def closed_factors(factors: Mapping[str, str]) -> dict[str, str]:
    """Known factors, each with its value when that is a number or a known word, else with `told`."""
    return {name: _closed_value(value) for name, value in factors.items() if name in FACTORS}


def _closed_value(value: str) -> str:
    return value if value in FACTOR_VALUES or NUMBER.fullmatch(value) else TOLD
