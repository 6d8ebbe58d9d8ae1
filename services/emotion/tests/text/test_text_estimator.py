"""What the lexicon makes of what people say; and when it says nothing."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicecbt.emotion.domain import Emotion, Method, Modality
from voicecbt.emotion.fusion import fuse
from voicecbt.emotion.text.estimator import TEXT_WEIGHT, LexiconEmotion

pytestmark = pytest.mark.unit
LEXICON = LexiconEmotion()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I finally passed and I'm so happy about it!", Emotion.JOY),
        ("after the walk I felt relaxed and at peace", Emotion.CALM),
        ("I can't stop crying since she left me", Emotion.SADNESS),
        ("he lied to me and I am furious", Emotion.ANGER),
        ("I'm scared to walk home in the dark", Emotion.FEAR),
        ("I had a panic attack on the train, my heart was racing", Emotion.ANXIETY),
        ("I'm anxious about my presentation and I can't relax", Emotion.ANXIETY),
        ("the smell was disgusting", Emotion.DISGUST),
        ("wow, I did not expect that", Emotion.SURPRISE),
        ("I'm so ashamed, it's all my fault", Emotion.SHAME),
        ("I hate myself", Emotion.SHAME),
        ("what's the point, nothing ever changes", Emotion.HOPELESSNESS),
        ("it makes me feel like giving up", Emotion.HOPELESSNESS),
        ("it was okay, same as usual", Emotion.NEUTRAL),
    ],
)
def test_plain_words_are_understood(text, expected):
    fused = fuse([LEXICON.estimate(text, "en")])
    assert (fused.primary, fused.abstained) == (expected, False)


@pytest.mark.parametrize(
    "text", ["", "   ", "the meeting is at three", "...", "12 34", "\U0001f600", "what do you think I should do?"]
)
def test_words_that_tell_nothing_give_nothing(text):
    assert LEXICON.estimate(text, "en") is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ich bin so traurig und kann nicht schlafen, das war die Hölle", ""),
        ("je ne suis pas content, tout est horrible pour moi", ""),
        ("estoy muy triste porque todo es terrible y horrible", ""),
        ("ho un problema terribile e non sono felice", ""),
        ("I am so happy", "de-DE"),
        ("非常に悲しい", ""),
    ],
)
def test_other_languages_give_nothing(text, language):
    assert LEXICON.estimate(text, language) is None


@pytest.mark.parametrize("language", ["", "en", "EN", "en-GB", "en_US", "eng"])
def test_english_is_known_by_tag_or_by_its_words(language):
    assert LEXICON.estimate("I am so happy today", language) is not None


def test_the_estimate_says_what_it_is():
    estimate = LEXICON.estimate("I am sad", "en")
    assert (estimate.modality, estimate.model_version, estimate.method) == (
        Modality.TEXT,
        "lexicon-1",
        Method.HEURISTIC,
    )


def test_stronger_words_are_more_intense():
    intensities = [
        LEXICON.estimate(text, "en").intensity for text in ("a bit bored", "sad", "very sad", "extremely devastated")
    ]
    assert intensities == sorted(intensities)
    assert intensities[-1] == 1.0


def test_more_evidence_weighs_more_but_never_all():
    weights = [LEXICON.estimate("I am sad. " * times, "en").weight for times in (1, 2, 50)]
    assert weights == sorted(weights)
    assert weights[-1] <= TEXT_WEIGHT < 1


@settings(deadline=None)
@given(st.text(alphabet=st.characters(), max_size=300))
def test_any_text_gives_a_valid_estimate_or_none(text):
    estimate = LEXICON.estimate(text, "en")
    if estimate is not None:
        assert math.isclose(sum(estimate.probabilities.values), 1, abs_tol=1e-9)
        assert 0 < estimate.weight <= 1
        assert 0 <= estimate.intensity <= 1


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["not", "very", "happy", "sad", ",", ".", "but", "anxious", "calm", "extremely", "a", "bit", "never"]
        ),
        max_size=40,
    )
)
def test_any_order_of_modifiers_gives_a_valid_estimate_or_none(parts):
    estimate = LEXICON.estimate(" ".join(parts), "en")
    assert estimate is None or 0 <= estimate.intensity <= 1


def test_a_huge_text_is_read_to_its_end():
    assert LEXICON.estimate("word " * 1990 + "I am sad", "en").probabilities.ranked()[0][0] is Emotion.SADNESS
