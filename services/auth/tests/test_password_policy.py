"""Which passwords are refused, and that the reason gives nothing away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecbt.auth.password_policy import MAX_CHARACTERS, MIN_CHARACTERS, normal_password, weakness

pytestmark = pytest.mark.unit

EMAIL, USERNAME = "jordan.rivers@example.org", "river_runner"


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "jordan.rivers likes long walks",
        "Tr0ub4dor and friends",
        "пароль из слов",
        "ein ganz langer satz",
    ],
)
def test_good_passwords_pass(password):
    assert weakness(password, EMAIL, USERNAME) == ""


@pytest.mark.parametrize(
    "password",
    [
        "password123",
        "Password123!",
        "PASSWORD2026",
        "!!qwertyuiop!!",
        "1234567890",
        "iloveyou2024",
        "letmeinplease",
        "1q2w3e4r5t6y",
        "administrator",
    ],
)
def test_common_passwords_are_refused_with_and_without_decoration(password):
    assert "lists" in weakness(password, EMAIL, USERNAME)


@pytest.mark.parametrize(
    "password",
    [
        EMAIL,
        EMAIL.upper(),
        "jordan.rivers1",
        "Jordan.Rivers2026!",
        "river_runner99",
        "example.org99",
    ],
)
def test_ones_own_name_is_refused(password):
    assert "user name" in weakness(password, EMAIL, USERNAME)


@pytest.mark.parametrize("password", ["aaaaaaaaaaaa", "1212121212", "abababababab"])
def test_few_different_characters_are_refused(password):
    assert "different" in weakness(password, EMAIL, USERNAME)


@pytest.mark.parametrize("length", [0, 1, MIN_CHARACTERS - 1, MAX_CHARACTERS + 1])
def test_the_length_has_limits(length):
    assert f"{MIN_CHARACTERS} to {MAX_CHARACTERS}" in weakness(("xk7#QpLm2v" * 30)[:length], EMAIL, USERNAME)


def test_a_short_name_does_not_spoil_passwords():
    assert weakness("amazing blue chairs", "a@b.org", "am") == ""


@given(st.text(max_size=250), st.emails(), st.text(max_size=30))
def test_any_text_is_judged_and_never_repeated(password, email, username):
    reason = weakness(password, email, username)
    if len(password) >= MIN_CHARACTERS:
        assert password not in reason


@given(st.text(max_size=50))
def test_the_normal_form_is_stable(password):
    assert normal_password(normal_password(password)) == normal_password(password)
