"""Words as they are compared."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicecbt.emotion.text.words import CLAUSE_END, words

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I'm sad", "i am sad"),
        ("I don't, can't and won't", "i do not | can not and will not"),
        ("dont cant IM", "do not can not i am"),
        ("It\u2019s Ok", "it is ok"),
        ("nothing's left; she'd go", "nothing is left | she go"),
        ("my mother's dog", "my mother dog"),
        ("Really?!", "really ? |"),
        ("", ""),
        ("... !!", "| |"),
        ("well, we were ill", "well | we were ill"),
        ("\uff33\uff21\uff24", "sad"),
    ],
)
def test_text_is_spelled_out(text, expected):
    assert words(text) == expected.split()


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_gives_lower_case_words(text):
    assert all(word in {CLAUSE_END, "?"} or word.isalnum() for word in words(text))


def test_a_bare_form_that_is_a_word_stays():
    assert words("were well ill hell") == ["were", "well", "ill", "hell"]
