"""The contract and the domain say the same."""

import pytest

from voicecbt.emotion.converters import LABELS, METHODS, MODALITIES, SEVERITIES, to_response, to_utterance
from voicecbt.emotion.fusion import fuse
from voicecbt.kit.errors import InvalidArgument
from voicecbt.stubs.emotion.v1 import emotion_pb2 as pb

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("numbers", "enumeration"),
    [(LABELS, pb.EmotionLabel), (SEVERITIES, pb.Severity), (MODALITIES, pb.Modality), (METHODS, pb.Method)],
)
def test_every_name_of_the_contract_has_its_own_in_the_domain(numbers, enumeration):
    assert sorted(numbers.values()) == sorted(set(enumeration.values()) - {0})


def test_the_rate_defaults_to_16_khz():
    assert to_utterance(pb.DetectEmotionRequest(audio=b"\0\0")).sample_rate_hz == 16000
    assert to_utterance(pb.DetectEmotionRequest(audio=b"\0\0", sample_rate_hz=8000)).sample_rate_hz == 8000


@pytest.mark.parametrize("text", ["", "  \n\t"])
def test_nothing_at_all_names_both_fields(text):
    with pytest.raises(InvalidArgument) as caught:
        to_utterance(pb.DetectEmotionRequest(text=text))
    assert [violation.field for violation in caught.value.violations] == ["audio", "text"]


@pytest.mark.parametrize("size", [1, 3, 32001])
def test_half_a_sample_is_refused(size):
    with pytest.raises(InvalidArgument, match="audio"):
        to_utterance(pb.DetectEmotionRequest(audio=bytes(size), text="fine"))


def test_an_estimate_is_told_in_full(lexicon_emotion):
    estimate = fuse([lexicon_emotion.estimate("I am very sad and ashamed", "en")])
    told = to_response(estimate).estimate
    assert (told.primary, told.severity, told.method) == (
        LABELS[estimate.primary],
        SEVERITIES[estimate.severity],
        pb.METHOD_HEURISTIC,
    )
    assert [each.label for each in told.probabilities] == list(LABELS.values())
    assert sum(each.probability for each in told.probabilities) == pytest.approx(1, abs=1e-5)
    assert [each.label for each in told.secondary] == [LABELS[emotion] for emotion, _ in estimate.secondary]
    (words,) = told.modalities
    assert (words.modality, words.model_version, words.method) == (
        pb.MODALITY_TEXT,
        "lexicon-1",
        pb.METHOD_HEURISTIC,
    )
    assert words.weight == pytest.approx(estimate.modalities[0].weight)


def test_an_abstention_has_no_severity():
    told = to_response(fuse([])).estimate
    assert (told.abstained, told.primary, told.severity) == (True, pb.EMOTION_LABEL_NEUTRAL, pb.SEVERITY_UNSPECIFIED)
