"""Small rules of the domain."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecbt.auth.domain import Account, TokenPair, is_past_date, normal_email, username_from

pytestmark = pytest.mark.unit

TODAY = date(2026, 5, 1)


@given(st.emails() | st.text(max_size=300))
def test_a_derived_user_name_is_one_that_the_contract_takes(email):
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,90}", username_from(email))


@pytest.mark.parametrize(
    ("email", "name"),
    [("ada@example.org", "ada"), ("ada+cbt@example.org", "adacbt"), ("ü@example.org", "person"), ("", "person")],
)
def test_a_user_name_is_the_local_part(email, name):
    assert username_from(email) == name


def test_spellings_of_one_address_are_equal():
    assert normal_email(" Ada@Example.ORG ") == normal_email("ada@example.org")


@pytest.mark.parametrize("text", ["1900-01-01", "2000-02-29", "2026-05-01"])
def test_dates_that_can_be(text):
    assert is_past_date(text, TODAY)


@pytest.mark.parametrize("text", ["1899-12-31", "2001-02-29", "2026-05-02", "yesterday", "0000-00-00", ""])
def test_dates_that_cannot_be(text):
    assert not is_past_date(text, TODAY)


def test_secrets_are_not_in_the_text_of_objects():
    pair = TokenPair("access-secret", "refresh-secret", date.max, date.max)
    account = Account(id=None, email="", username="", password_hash="hash-secret", created_at=None)
    assert "secret" not in repr(pair) + repr(account)
