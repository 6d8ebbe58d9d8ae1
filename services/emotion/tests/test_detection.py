"""The use case asks those that have input, and fuses what they say."""

import pytest

from voicecbt.emotion.bench import TEXT, measure, voice_like
from voicecbt.emotion.detection import EmotionDetector, Utterance
from voicecbt.emotion.domain import Emotion, Modality
from voicecbt.kit.audio import float_to_pcm16

pytestmark = pytest.mark.unit


@pytest.fixture
def detector(lexicon_emotion, prosody_emotion) -> EmotionDetector:
    return EmotionDetector(lexicon_emotion, prosody_emotion)


def modalities(estimate) -> set[Modality]:
    return {each.modality for each in estimate.modalities}


def test_words_and_voice_are_both_heard(detector, voice):
    estimate = detector.detect(Utterance(float_to_pcm16(voice()), 16000, "I am so angry", "en"))
    assert modalities(estimate) == {Modality.SPEECH, Modality.TEXT}
    assert estimate.primary is Emotion.ANGER


def test_words_alone_and_voice_alone(detector, voice):
    assert modalities(detector.detect(Utterance(b"", 16000, "I am sad", ""))) == {Modality.TEXT}
    assert modalities(detector.detect(Utterance(float_to_pcm16(voice()), 16000, "", ""))) == {Modality.SPEECH}


def test_silence_and_empty_words_abstain(detector):
    estimate = detector.detect(Utterance(bytes(32000), 16000, "the meeting is at three", "en"))
    assert (estimate.abstained, estimate.modalities) == (True, ())


def test_a_subdued_voice_lowers_the_arousal_of_the_same_words(detector, voice):
    pressed, soft = (
        detector.detect(
            Utterance(
                float_to_pcm16(voice(pitch_hz=hz, movement_st=st, harmonic_slope=slope)), 16000, "I am anxious", "en"
            )
        )
        for hz, st, slope in ((250, 6, 0.4), (110, 1, 2.0))
    )
    assert pressed.arousal > soft.arousal + 0.2
    assert pressed.primary is soft.primary is Emotion.ANXIETY


def test_what_was_said_is_not_in_the_representation():
    assert "secret" not in repr(Utterance(b"secret", 16000, "secret", "en"))


def test_the_bench_measures_real_detections(detector):
    utterance = Utterance(voice_like(1, 16000), 16000, TEXT, "en")
    assert modalities(detector.detect(utterance)) == {Modality.SPEECH, Modality.TEXT}
    assert set(measure(detector, utterance, rounds=2)) == {"p50_ms", "p95_ms", "cpu_p50_ms"}
