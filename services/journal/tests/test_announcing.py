"""What leaves the journal is numbers and words from closed lists, whatever was typed."""

import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecbt.journal.announcing import (
    EMOTIONS,
    FACTOR_VALUES,
    FACTORS,
    closed_emotions,
    closed_factors,
    mood_deleted,
    mood_recorded,
)
from voicecbt.journal.domain import Details, Mood

pytestmark = pytest.mark.unit

STRENGTHS = st.floats(0, 1, width=32)
NAMES = st.from_regex(r"[a-z_]{1,50}", fullmatch=True)


def mood(**told: object) -> Mood:
    details = {"mood_score": 3, "emotions": {}, "context": "", "notes": "", "environmental_factors": {}, **told}
    return Mood(uuid.uuid4(), uuid.uuid4(), datetime(2026, 11, 22, tzinfo=UTC), Details(**details))


def test_the_emotions_of_the_platform_are_known():
    assert {"joy", "sadness", "hopelessness", "anxiety"} <= EMOTIONS
    assert "unspecified" not in EMOTIONS


@given(emotions=st.dictionaries(NAMES | st.sampled_from(sorted(EMOTIONS)), STRENGTHS, max_size=20))
def test_typed_names_of_emotions_become_other(emotions):
    closed = closed_emotions(emotions)
    assert set(closed) <= EMOTIONS | {"other"}
    assert all(closed[name] == emotions[name] for name in closed if name in EMOTIONS)
    assert max(closed.values(), default=None) == max(emotions.values(), default=None)


@given(factors=st.dictionaries(NAMES | st.sampled_from(sorted(FACTORS)), st.text(max_size=200), max_size=20))
def test_typed_surroundings_stay_at_home(factors):
    for name, value in closed_factors(factors).items():
        assert name in FACTORS
        assert value in FACTOR_VALUES | {"told"} or value.replace(".", "", 1).isdigit()


@pytest.mark.parametrize(
    ("typed", "told"),
    [("rain", "rain"), ("7.5", "7.5"), ("my boss again", "told"), ("2026-11-22", "told"), ("١٢", "told"), ("", "told")],
)
def test_a_value_is_passed_on_only_when_it_is_a_number_or_a_known_word(typed, told):
    assert closed_factors({"weather": typed}) == {"weather": told}


def test_notes_and_context_are_in_no_event():
    event = mood_recorded(mood(notes="the secret note", context="the secret place", sleep_quality=4))
    assert b"secret" not in event.SerializeToString()
    recorded = event.mood_recorded
    assert (recorded.mood_score, recorded.sleep_quality, recorded.stress_level) == (3, 4, 0)
    assert recorded.time.ToDatetime(tzinfo=UTC) == datetime(2026, 11, 22, tzinfo=UTC)


def test_a_deletion_names_the_entry_and_its_owner():
    event = mood_deleted("somebody", "some mood")
    assert (event.user_id, event.mood_deleted.mood_id) == ("somebody", "some mood")
