"""The pool: what is missing, what is weak, what contradicts, and what is too little to say."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicecbt.emotion.domain import Distribution, Emotion, Method, Modality, ModalityEstimate, Severity
from voicecbt.emotion.fusion import BACKGROUND, DISTRESSING, MAX_SECONDARY, MIN_TOP_PROBABILITY, fuse, pool, severity

pytestmark = pytest.mark.unit

SHARES = st.floats(0, 1)
SIGNED = st.floats(-1, 1)


def estimate(masses: dict[Emotion, float], weight: float = 0.8, **changes: object) -> ModalityEstimate:
    made = ModalityEstimate(
        Modality.TEXT, Distribution.of(masses), weight, 0.5, 0.5, -0.5, 0.6, "test-1", Method.HEURISTIC
    )
    return replace(made, **changes)


ESTIMATES = st.builds(
    ModalityEstimate,
    modality=st.sampled_from(Modality),
    probabilities=st.lists(st.floats(0, 1e6), min_size=11, max_size=11)
    .filter(lambda masses: sum(masses) > 0)
    .map(lambda masses: Distribution.of(dict(zip(Emotion, masses, strict=True)))),
    weight=SHARES,
    arousal=SIGNED,
    arousal_weight=SHARES,
    valence=SIGNED,
    intensity=SHARES,
    model_version=st.just("any-1"),
    method=st.sampled_from(Method),
)


@settings(deadline=None)
@given(st.lists(ESTIMATES, max_size=3))
def test_whatever_is_fused_is_a_valid_estimate(estimates):
    fused = fuse(estimates)
    assert math.isclose(sum(fused.probabilities.values), 1, abs_tol=1e-6)
    assert all(math.isfinite(value) for value in fused.probabilities.values)
    assert fused.confidence == fused.probabilities[fused.primary]
    assert 0 <= fused.intensity <= 1
    assert abs(fused.arousal) <= 1 + 1e-9
    assert abs(fused.valence) <= 1 + 1e-9
    assert sum(each.weight for each in fused.modalities) <= 1 + 1e-9
    assert (fused.severity is not None) == (fused.primary in DISTRESSING)
    assert len(fused.secondary) <= MAX_SECONDARY
    assert fused.primary not in dict(fused.secondary)


@settings(deadline=None)
@given(st.lists(ESTIMATES, max_size=3))
def test_an_estimate_abstains_exactly_when_the_top_is_low_or_nothing_was_said(estimates):
    fused = fuse(estimates)
    low = max(fused.probabilities.values) < MIN_TOP_PROBABILITY
    assert fused.abstained == (low or not any(each.weight for each in fused.modalities))
    if fused.abstained:
        assert (fused.primary, fused.secondary, fused.severity) == (Emotion.NEUTRAL, (), None)


@settings(deadline=None)
@given(ESTIMATES, ESTIMATES)
def test_the_order_of_the_modalities_does_not_matter(first, second):
    forward, backward = fuse([first, second]), fuse([second, first])
    assert forward.primary == backward.primary
    assert forward.probabilities.values == pytest.approx(backward.probabilities.values)


def test_nothing_gives_the_background_and_abstains():
    fused = fuse([])
    assert (fused.abstained, fused.primary, fused.modalities) == (True, Emotion.NEUTRAL, ())
    assert fused.probabilities.values == pytest.approx(BACKGROUND.values)
    assert (fused.intensity, fused.arousal, fused.valence, fused.method) == (0, 0, 0, Method.HEURISTIC)


def test_a_missing_modality_does_not_hand_its_weight_to_the_other():
    alone = fuse([estimate(dict.fromkeys(Emotion, 1.0) | {Emotion.JOY: 10.0}, weight=0.2)])
    assert alone.abstained
    assert alone.modalities[0].weight == 0.2


def test_more_weight_moves_the_pool_towards_a_modality():
    chances = [fuse([estimate({Emotion.ANGER: 9, Emotion.JOY: 1}, weight)]).probabilities for weight in (0.2, 0.5, 1)]
    assert chances[0][Emotion.ANGER] < chances[1][Emotion.ANGER] < chances[2][Emotion.ANGER]
    assert chances[2][Emotion.ANGER] == pytest.approx(0.9, abs=1e-4)


def test_agreement_is_surer_than_either_alone():
    each = estimate(dict.fromkeys(Emotion, 1.0) | {Emotion.FEAR: 10}, weight=0.4)
    assert fuse([each, each]).confidence > fuse([each]).confidence


def test_contradiction_makes_it_unsure():
    glad, sad = (estimate({emotion: 9, Emotion.NEUTRAL: 1}, 0.5) for emotion in (Emotion.JOY, Emotion.SADNESS))
    fused = fuse([glad, sad])
    assert fused.probabilities[Emotion.JOY] == pytest.approx(fused.probabilities[Emotion.SADNESS])


def test_weights_over_one_are_scaled():
    fused = fuse([estimate({Emotion.JOY: 1}, 0.9), estimate({Emotion.JOY: 1}, 0.6)])
    assert [each.weight for each in fused.modalities] == pytest.approx([0.6, 0.4])


def test_arousal_follows_its_own_weights():
    flat = estimate({Emotion.ANGER: 1}, arousal=-1.0, arousal_weight=0.1)
    excited = estimate({Emotion.ANGER: 1}, arousal=1.0, arousal_weight=0.3)
    assert fuse([flat, excited]).arousal == pytest.approx(0.5)


def test_a_strong_second_emotion_is_named():
    fused = fuse([estimate({Emotion.SADNESS: 5, Emotion.SHAME: 4, Emotion.JOY: 0.2}, 1.0)])
    assert [emotion for emotion, _ in fused.secondary] == [Emotion.SHAME]


@pytest.mark.parametrize(
    ("intensity", "expected"),
    [
        (0.0, Severity.MILD),
        (0.39, Severity.MILD),
        (0.4, Severity.MODERATE),
        (0.7, Severity.SEVERE),
        (1, Severity.SEVERE),
    ],
)
def test_severity_follows_intensity(intensity, expected):
    assert severity(Emotion.HOPELESSNESS, intensity) is expected


@pytest.mark.parametrize("emotion", [Emotion.JOY, Emotion.CALM, Emotion.NEUTRAL, Emotion.SURPRISE])
def test_what_is_no_distress_has_no_severity(emotion):
    assert severity(emotion, 1.0) is None


@pytest.mark.parametrize(
    ("methods", "expected"),
    [
        ((Method.TRAINED, Method.TRAINED), Method.TRAINED),
        ((Method.TRAINED, Method.HEURISTIC), Method.HEURISTIC),
        ((Method.TRAINED,), Method.TRAINED),
    ],
)
def test_the_method_is_the_weakest_that_had_a_part(methods, expected):
    assert fuse([estimate({Emotion.JOY: 1}, method=method) for method in methods]).method is expected


def test_a_certain_modality_with_zeros_does_not_break_the_pool():
    certain = estimate({Emotion.JOY: 1}, weight=1.0)
    assert pool([certain])[Emotion.JOY] == pytest.approx(1, abs=1e-4)
