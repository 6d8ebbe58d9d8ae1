"""Whole days in anybody's time zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecbt.insights.periods import DEFAULT_DAYS, UnknownTimezone, known_timezones, period

pytestmark = pytest.mark.unit

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
ZONES = st.sampled_from(sorted(known_timezones()))


@given(days=st.integers(1, 366), timezone=ZONES, now=MOMENTS)
def test_now_is_on_the_last_day_and_the_first_day_is_whole(days, timezone, now):
    asked = period(days, timezone, now)
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    assert asked.start <= now < asked.end
    assert asked.start.astimezone(zone).date() == today - timedelta(days=days - 1)
    assert (asked.start - timedelta(microseconds=1)).astimezone(zone).date() < today - timedelta(days=days - 1)
    assert (asked.end - timedelta(microseconds=1)).astimezone(zone).date() == today


def test_nothing_asked_is_thirty_days_of_utc():
    asked = period(0, "", datetime(2026, 11, 22, 23, 59, tzinfo=UTC))
    assert (asked.start, asked.end) == (datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC))
    assert asked.timezone == "UTC" and asked.end - asked.start == timedelta(days=DEFAULT_DAYS)


def test_a_day_on_which_the_clock_changes_is_one_day():
    asked = period(1, "Europe/Berlin", datetime(2026, 10, 25, 12, tzinfo=UTC))
    assert asked.end - asked.start == timedelta(hours=25)


@given(name=st.text(max_size=50))
def test_what_is_no_time_zone_is_refused(name):
    if name and name not in known_timezones():
        with pytest.raises(UnknownTimezone):
            period(1, name, datetime.now(UTC))


@pytest.mark.parametrize(
    "name", ["europe/berlin", "localtime", "../UTC", "/etc/localtime", "UTC\x00", "Mars/Olympus", " UTC"]
)
def test_lookalikes_are_refused(name):
    with pytest.raises(UnknownTimezone):
        period(1, name, datetime.now(UTC))
