"""The hash chain: what it accepts and what it notices."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecbt.auth.audit_chain import chained, entry_hash, follows
from voicecbt.auth.domain import AuditRecord

pytestmark = pytest.mark.unit

NOW = datetime(2026, 5, 1, 12, 0, 0, 123456, tzinfo=UTC)
records = st.builds(AuditRecord, st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))


def chain_of(many):
    entries = []
    for index, record in enumerate(many):
        entries.append(chained(entries[-1] if entries else None, NOW + timedelta(seconds=index), record))
    return entries


def intact(entries):
    return all(follows(before, entry) for before, entry in zip([None, *entries], entries, strict=False))


@given(st.lists(records, max_size=8))
def test_an_untouched_chain_is_intact_and_counts_from_one(many):
    entries = chain_of(many)
    assert intact(entries)
    assert [entry.sequence for entry in entries] == list(range(1, len(many) + 1))


@given(st.lists(records, min_size=2, max_size=8), st.data())
def test_any_change_is_noticed(many, data):
    entries = chain_of(many)
    at = data.draw(st.integers(0, len(entries) - 1))
    victim = entries[at]
    changed = data.draw(
        st.sampled_from(
            [
                replace(victim, time=victim.time + timedelta(microseconds=1)),
                replace(victim, sequence=victim.sequence + 1),
                replace(victim, hash=bytes(32)),
                replace(victim, record=replace(victim.record, actor=victim.record.actor + "x")),
                replace(victim, record=replace(victim.record, subject=victim.record.subject + "x")),
            ]
        )
    )
    assert not intact([*entries[:at], changed, *entries[at + 1 :]])


@given(st.lists(records, min_size=2, max_size=8), st.data())
def test_a_removed_entry_is_noticed_unless_it_was_the_last(many, data):
    entries = chain_of(many)
    at = data.draw(st.integers(0, len(entries) - 2))
    assert not intact([*entries[:at], *entries[at + 1 :]])


def test_text_does_not_flow_from_one_field_into_the_next():
    one = AuditRecord("ab", "c", "d")
    other = AuditRecord("a", "bc", "d")
    assert entry_hash(bytes(32), 1, NOW, one) != entry_hash(bytes(32), 1, NOW, other)


def test_the_time_zone_does_not_matter():
    elsewhere = NOW.astimezone(timezone(timedelta(hours=9)))
    record = AuditRecord("a", "b.c")
    assert entry_hash(bytes(32), 1, NOW, record) == entry_hash(bytes(32), 1, elsewhere, record)
