"""Negation, intensifiers and the clauses that end them."""

import pytest

from voicecbt.emotion.domain import Emotion
from voicecbt.emotion.text.evidence import collect
from voicecbt.emotion.text.lexicon import Lexicon, load_lexicon
from voicecbt.emotion.text.words import words

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon()


def feelings(lexicon: Lexicon, text: str) -> list[Emotion]:
    return [each.emotion for each in collect(words(text), lexicon)]


def points(lexicon: Lexicon, text: str) -> float:
    (only,) = collect(words(text), lexicon)
    return only.points


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I am not happy", Emotion.SADNESS),
        ("I'm never calm", Emotion.ANXIETY),
        ("I can hardly feel any joy", Emotion.SADNESS),
        ("I used to be happy", Emotion.SADNESS),
        ("I'm not anxious", Emotion.CALM),
        ("I am no longer afraid", Emotion.CALM),
        ("I'm not angry", Emotion.NEUTRAL),
        ("isnt exciting", Emotion.SADNESS),
    ],
)
def test_negation_turns_a_feeling_round(lexicon, text, expected):
    assert feelings(lexicon, text) == [expected]


@pytest.mark.parametrize(
    "text", ["I did not go. I am happy", "not today, happy", "not that but happy", "not one two three four five happy"]
)
def test_negation_ends_with_its_clause_or_its_reach(lexicon, text):
    assert feelings(lexicon, text) == [Emotion.JOY]


def test_a_phrase_keeps_its_own_negation(lexicon):
    assert feelings(lexicon, "I can't stop crying") == [Emotion.SADNESS]
    assert feelings(lexicon, "I can't relax") == [Emotion.ANXIETY]


def test_negation_weakens(lexicon):
    assert points(lexicon, "not happy") < points(lexicon, "happy")


def test_intensifiers_order_strength(lexicon):
    strengths = [points(lexicon, f"I am {how} sad") for how in ("a bit", "", "very", "extremely")]
    assert strengths == sorted(strengths)
    assert len(set(strengths)) == 4


def test_intensifiers_multiply_up_to_double(lexicon):
    assert points(lexicon, "so very sad") == pytest.approx(2 * 1.3 * 1.3)
    assert points(lexicon, "so very very extremely sad") <= 2 * 2


def test_an_intensifier_does_not_reach_past_its_clause(lexicon):
    assert points(lexicon, "very. sad") == points(lexicon, "sad")


def test_ignored_phrases_tell_nothing(lexicon):
    assert feelings(lexicon, "good morning, it was kind of long, no worries") == []


def test_several_feelings_are_all_heard(lexicon):
    assert feelings(lexicon, "I feel ashamed and lonely") == [Emotion.SHAME, Emotion.SADNESS]
