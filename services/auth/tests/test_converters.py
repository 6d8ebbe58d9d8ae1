"""Messages to domain and back: nothing is lost, and every number of the contract is known."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecbt.auth.converters import (
    audit_message,
    consent_message,
    consent_scopes,
    moment,
    profile_change,
    profile_message,
    timestamp,
    tokens_message,
)
from voicecbt.auth.domain import (
    Account,
    AuditEntry,
    AuditRecord,
    Consent,
    ConsentScope,
    Patience,
    PersonalDetails,
    Preferences,
    Profile,
    TokenPair,
)
from voicecbt.kit.errors import InvalidArgument
from voicecbt.stubs.auth.v1 import auth_pb2

pytestmark = pytest.mark.unit

NOW = datetime(2026, 5, 1, 12, 0, 0, 123456, tzinfo=UTC)
texts = st.text(max_size=20)
preferences = st.builds(Preferences, texts, st.sampled_from(Patience), st.booleans(), texts)
details = st.builds(PersonalDetails, texts, texts, texts, texts)


@given(details, preferences, texts, texts)
def test_what_a_person_can_change_comes_back_unchanged(told, chosen, timezone, country):
    account = Account(uuid.uuid4(), "a@b.org", "a", "hash", NOW, timezone=timezone, country=country, preferences=chosen)
    message = profile_message(Profile(account, told))
    change = profile_change(message)
    assert (change.details, change.preferences) == (told, chosen)
    assert (change.timezone, change.country) == (timezone, country)


def test_a_profile_message_holds_no_hash():
    account = Account(uuid.uuid4(), "a@b.org", "a", "the-hash", NOW)
    message = profile_message(Profile(account, PersonalDetails()))
    assert b"the-hash" not in message.SerializeToString()
    assert moment(message.created_at) == NOW


@pytest.mark.parametrize("number", auth_pb2.Patience.values())
def test_every_patience_of_the_contract_is_known(number):
    message = auth_pb2.Profile(preferences=auth_pb2.Preferences(patience=number))
    account = Account(uuid.uuid4(), "", "", "", NOW, preferences=profile_change(message).preferences)
    assert profile_message(Profile(account, PersonalDetails())).preferences.patience == number


@pytest.mark.parametrize("number", sorted(set(auth_pb2.ConsentScope.values()) - {0}))
def test_every_scope_of_the_contract_is_known(number):
    (scope,) = consent_scopes([number])
    consent = Consent(uuid.uuid4(), uuid.uuid4(), uuid.uuid4(), (scope,), NOW)
    assert list(consent_message(consent).scopes) == [number]


@pytest.mark.parametrize("numbers", [[0], [1, 0], [99]])
def test_another_scope_is_refused(numbers):
    with pytest.raises(InvalidArgument) as refused:
        consent_scopes(numbers)
    assert refused.value.violations[0].field == "scopes"


def test_moments_that_are_not_there_stay_unset():
    consent = Consent(uuid.uuid4(), uuid.uuid4(), uuid.uuid4(), (ConsentScope.TRENDS,), NOW)
    message = consent_message(consent)
    assert message.HasField("granted_at")
    assert not message.HasField("expires_at")
    assert not message.HasField("revoked_at")


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_moments_keep_their_microseconds(when):
    assert moment(timestamp(when)) == when


def test_tokens_and_audit_entries_are_passed_whole():
    pair = tokens_message(TokenPair("access", "refresh", NOW, NOW + timedelta(days=7)))
    assert (pair.access_token, pair.refresh_token) == ("access", "refresh")
    assert moment(pair.refresh_expires_at) - moment(pair.access_expires_at) == timedelta(days=7)
    entry = audit_message(AuditEntry(7, NOW, AuditRecord("who", "did.it", "whose"), b"h" * 32))
    assert (entry.sequence, entry.actor, entry.action, entry.subject) == (7, "who", "did.it", "whose")
    assert (entry.hash, moment(entry.time)) == (b"h" * 32, NOW)
