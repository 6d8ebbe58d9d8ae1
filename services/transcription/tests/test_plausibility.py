"""What is believed of what the model says."""

import pytest

from voicecbt.transcription.domain import Hypothesis
from voicecbt.transcription.plausibility import better, is_doubtful, is_heard, is_loop, without_repeats

pytestmark = pytest.mark.unit


def hypothesis(text="I feel tired today.", log_probability=-0.3, no_speech=0.05):
    return Hypothesis(text, "en", 1.0, log_probability, no_speech)


def test_clear_speech_is_heard():
    assert is_heard(hypothesis())


@pytest.mark.parametrize(
    ("text", "log_probability", "no_speech"),
    [
        ("I'm going to go to the next room.", -1.97, 0.89),
        ("I don't know what to do.", -1.18, 0.75),
        ("you", -2.94, 0.3),
        (". .", -0.2, 0.0),
        ("", 0.0, 0.0),
    ],
)
def test_what_the_model_makes_up_without_speech_is_not(text, log_probability, no_speech):
    assert not is_heard(hypothesis(text, log_probability, no_speech))


def test_likely_words_in_noise_are_heard():
    assert is_heard(hypothesis(log_probability=-0.4, no_speech=0.8))


@pytest.mark.parametrize(
    "text",
    ["No, no, no, no.", "I, I, I don't know.", "It was very, very, very hard.", "Hello."],
)
def test_people_repeat_themselves_a_little(text):
    assert not is_loop(text)
    assert without_repeats(text) == text


def test_loops_are_recognised_and_said_once():
    loop = "He put her, " + "he put her, " * 20
    assert is_loop(loop)
    assert without_repeats(loop) == "He put her,"
    assert without_repeats("well " + "I count, " * 9 + "so") == "well I count, so"


def test_doubtful_results_are_tried_again():
    assert is_doubtful(hypothesis(log_probability=-0.9))
    assert is_doubtful(hypothesis("go " * 12))
    assert not is_doubtful(hypothesis())


def test_the_more_probable_wins_unless_it_loops():
    probable, other = hypothesis("yes", -0.1), hypothesis("no", -0.5)
    assert better(probable, other) is probable
    assert better(hypothesis("go " * 12, -0.1), other) is other
