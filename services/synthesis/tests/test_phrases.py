"""Where a passage is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecbt.synthesis.phrases import LONG_FIRST_PHRASE_CHARACTERS, MAX_PHRASE_CHARACTERS, phrases

pytestmark = pytest.mark.unit


def test_sentences_are_spoken_one_by_one():
    assert phrases("That is hard. What went through your mind? Tell me.") == [
        "That is hard.",
        "What went through your mind?",
        "Tell me.",
    ]


def test_a_long_first_sentence_begins_with_its_first_clause():
    text = "That sounds really hard, and I am glad that you told me about it, because it is heavy to carry alone."
    assert phrases(text)[0] == "That sounds really hard,"
    assert " ".join(phrases(text)) == text


def test_a_short_first_sentence_stays_whole():
    text = "That sounds hard, and I am glad you told me."
    assert len(text) < LONG_FIRST_PHRASE_CHARACTERS
    assert phrases(text) == [text]


def test_a_first_clause_that_is_only_a_word_is_not_cut_off():
    text = "Yes, that sounds really hard and I am very glad indeed that you have told me about all of it."
    assert phrases(text) == [text]


def test_titles_do_not_end_sentences():
    assert phrases("Dr. Beck wrote it. Read on.") == ["Dr. Beck wrote it.", "Read on."]


def test_closing_quotes_stay_with_their_sentence():
    assert phrases('"I failed." Is it true?') == ['"I failed."', "Is it true?"]


def test_nothing_has_no_phrases():
    assert phrases("") == []


@given(st.text(alphabet="abc ,.!?;:", max_size=2000))
def test_phrases_are_bounded_and_lose_only_spaces(text):
    pieces = phrases(text)
    assert all(0 < len(piece) <= MAX_PHRASE_CHARACTERS for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())
