"""The longest listed phrase wins."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicecbt.emotion.text.phrases import PhraseIndex

pytestmark = pytest.mark.unit


def index(*phrases: str) -> PhraseIndex[str]:
    made: PhraseIndex[str] = PhraseIndex()
    for phrase in phrases:
        made.add(phrase.split(), phrase)
    return made


def found(made: PhraseIndex[str], text: str) -> list[str]:
    return [value for match in made.find(text.split()) for value in match.values]


def test_the_longest_phrase_wins():
    assert found(index("good", "good grief"), "good grief it is good") == ["good grief", "good"]


def test_a_longer_phrase_that_does_not_finish_leaves_the_shorter():
    assert found(index("not", "not so bad"), "not so good") == ["not"]


def test_words_of_a_match_are_used_up():
    assert found(index("can not stop", "stop crying"), "can not stop crying") == ["can not stop"]


def test_a_prefix_matches_every_word_that_begins_so():
    assert found(index("worr*"), "worry worried wor worrying") == ["worr*"] * 3


def test_an_exact_word_goes_before_a_prefix():
    assert found(index("panic*", "panics"), "panics panicked") == ["panics", "panic*"]


def test_a_prefix_within_a_phrase():
    assert found(index("panic attack*"), "panic attacks panic panic attack") == ["panic attack*"] * 2


def test_a_phrase_listed_twice_gives_both_values():
    made: PhraseIndex[str] = PhraseIndex()
    for value in ("a", "b", "a"):
        made.add(["damn"], value)
    assert made.find(["damn"])[0].values == ("a", "b")


@pytest.mark.parametrize("pattern", [[], ["a*"], ["ab*"], ["fine", "*"]])
def test_phrases_that_would_match_anything_are_refused(pattern):
    with pytest.raises(ValueError, match="phrase"):
        PhraseIndex().add(pattern, "x")


@settings(deadline=None)
@given(st.lists(st.sampled_from(["not", "so", "bad", "worry", "x"]), max_size=30))
def test_matches_never_overlap_and_are_in_order(text):
    matches = index("not", "not so bad", "so bad", "worr*", "bad worr*").find(text)
    assert all(first.end <= second.start for first, second in pairwise(matches))
    assert all(match.start < match.end <= len(text) for match in matches)
