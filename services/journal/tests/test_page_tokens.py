"""Page tokens come back as they were, and nothing else is taken for one."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecbt.journal.domain import Position, Window
from voicecbt.journal.page_tokens import BadPageToken, decode, encode

pytestmark = pytest.mark.unit

MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))
WINDOWS = st.builds(Window, st.none() | MOMENTS, st.none() | MOMENTS)
POSITIONS = st.builds(Position, MOMENTS, st.uuids())
PERSON = uuid.uuid4()


@given(position=POSITIONS, window=WINDOWS)
def test_a_token_leads_back_to_its_position(position, window):
    token = encode(position, PERSON, window)
    assert decode(token, PERSON, window) == position
    assert len(token) <= 200  # The bound of the request field.


@given(position=POSITIONS, window=WINDOWS, other=WINDOWS)
def test_a_token_fits_only_its_own_list(position, window, other):
    token = encode(position, PERSON, window)
    with pytest.raises(BadPageToken):
        decode(token, uuid.uuid4(), window)
    if other != window:
        with pytest.raises(BadPageToken):
            decode(token, PERSON, other)


@given(position=POSITIONS, at=st.integers(0, 31), bit=st.integers(0, 5))
def test_a_changed_token_is_noticed(position, at, bit):
    token = encode(position, PERSON, Window())
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    changed = alphabet[alphabet.index(token[at]) ^ (1 << bit)]
    with pytest.raises(BadPageToken):
        decode(token[:at] + changed + token[at + 1 :], PERSON, Window())


@given(junk=st.text(max_size=60) | st.text("ABCabc012-_=+/", min_size=1, max_size=60))
def test_junk_is_refused(junk):
    with pytest.raises(BadPageToken):
        decode(junk, PERSON, Window())


def test_a_time_out_of_any_calendar_is_refused():
    token = encode(Position(datetime.max.replace(tzinfo=UTC), PERSON), PERSON, Window())
    assert decode(token, PERSON, Window()).time == datetime.max.replace(tzinfo=UTC)
    far = "f" + token[1:]
    with pytest.raises(BadPageToken):
        decode(far, PERSON, Window())


def test_positions_a_microsecond_apart_have_different_tokens():
    now = datetime.now(UTC)
    first, second = (Position(now + timedelta(microseconds=n), PERSON) for n in (0, 1))
    assert encode(first, PERSON, Window()) != encode(second, PERSON, Window())
