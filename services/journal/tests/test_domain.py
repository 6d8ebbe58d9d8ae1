"""Rules of mood entries that need no store."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecbt.journal.domain import CLOCK_TOLERANCE, EARLIEST, BadTime, Window, time_of_mood

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))


def test_a_mood_without_a_time_is_felt_now():
    assert time_of_mood(None, NOW) == NOW


@given(told=MOMENTS)
def test_a_told_time_is_kept_or_refused(told):
    allowed = EARLIEST <= told <= NOW + CLOCK_TOLERANCE
    if allowed:
        assert time_of_mood(told, NOW) == told
    else:
        with pytest.raises(BadTime):
            time_of_mood(told, NOW)


@pytest.mark.parametrize("told", [EARLIEST, NOW + CLOCK_TOLERANCE])
def test_the_bounds_themselves_are_allowed(told):
    assert time_of_mood(told, NOW) == told


@pytest.mark.parametrize("told", [EARLIEST - timedelta(microseconds=1), NOW + timedelta(minutes=5, microseconds=1)])
def test_just_outside_is_refused(told):
    with pytest.raises(BadTime):
        time_of_mood(told, NOW)


@given(start=st.none() | MOMENTS, end=st.none() | MOMENTS)
def test_a_window_is_backwards_when_nothing_fits_in_it(start, end):
    nothing_fits = start is not None and end is not None and not start < end
    assert Window(start, end).is_backwards == nothing_fits
