"""When keys are made, used and retired: simulated over months, with replicas that look at odd moments."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecbt.auth.signing_keys import RotationPolicy, StoredSigningKey

pytestmark = pytest.mark.unit

START = datetime(2026, 1, 1, tzinfo=UTC)
POLICY = RotationPolicy(timedelta(days=30), timedelta(hours=1), timedelta(minutes=30))


def key(number, created_at):
    return StoredSigningKey(f"key-{number}", b"", b"", created_at)


def step(keys, now):
    """What one refresh does to the stored keys; returns them and the signer."""
    live = [each for each in keys if each.retired_at is None]
    if POLICY.wants_new(live, now):
        live.append(key(len(keys), now))
        keys = [*keys, live[-1]]
    signer = POLICY.signer(live, now)
    older = {each.kid for each in live[: live.index(signer)]}
    return [replace(each, retired_at=now) if each.kid in older else each for each in keys], signer


def test_the_first_key_signs_at_once():
    keys, signer = step([], START)
    assert [each.kid for each in keys] == [signer.kid]


def test_there_is_no_second_key_before_its_time():
    keys, _ = step([], START)
    assert not POLICY.wants_new(keys, START + timedelta(days=29))
    assert POLICY.wants_new(keys, START + timedelta(days=30) - POLICY.lead)


@given(st.lists(st.integers(1, 60 * 24 * 40), min_size=1, max_size=60))
def test_whenever_anybody_looks_the_rules_hold(gaps_in_minutes):
    keys, now, before = [], START, None
    for gap in gaps_in_minutes:
        now += timedelta(minutes=gap)
        keys, signer = step(keys, now)
        assert signer.retired_at is None
        # A key that replaces another has been announced for the lead.
        assert before in (None, signer.kid) or now - signer.created_at >= POLICY.lead
        # At most the signer and its announced successor are alive.
        assert sum(each.retired_at is None for each in keys) <= 2
        before = signer.kid


@given(st.timedeltas(timedelta(0), timedelta(days=400)))
def test_a_retired_key_outlives_every_token_that_it_signed(age):
    retired_at = START
    last_token_expires = retired_at + POLICY.token_lifetime
    now = START + age
    if now <= last_token_expires:
        assert retired_at >= POLICY.forgets_before(now)
