"""Distributions and the circumplex."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicecbt.emotion.circumplex import AFFECT, expected_affect
from voicecbt.emotion.domain import Distribution, Emotion

pytestmark = pytest.mark.unit

MASSES = st.dictionaries(st.sampled_from(Emotion), st.floats(0, 1e300))


@settings(deadline=None)
@given(MASSES)
def test_masses_become_probabilities_or_are_refused(masses):
    if not 0 < sum(masses.values()) < math.inf:
        with pytest.raises(ValueError, match="masses"):
            Distribution.of(masses)
        return
    values = Distribution.of(masses).values
    assert math.isclose(sum(values), 1, abs_tol=1e-9)
    assert all(0 <= value <= 1 for value in values)


@pytest.mark.parametrize("mass", [math.nan, math.inf, -1.0, 0.0])
def test_a_mass_that_is_none_is_refused(mass):
    with pytest.raises(ValueError, match="masses"):
        Distribution.of({Emotion.JOY: mass})


@pytest.mark.parametrize("values", [(), (1.0,), (0.5,) * 11, (-1.0, 2.0) + (0.0,) * 9, (math.nan,) * 11])
def test_what_is_no_distribution_is_refused(values):
    with pytest.raises(ValueError, match="probabilities"):
        Distribution(values)


def test_the_ranking_is_by_probability_and_stable():
    ranked = Distribution.of({Emotion.FEAR: 1, Emotion.JOY: 2, Emotion.SADNESS: 1}).ranked()
    assert [emotion for emotion, _ in ranked[:3]] == [Emotion.JOY, Emotion.SADNESS, Emotion.FEAR]


def test_each_probability_is_found_by_its_emotion():
    distribution = Distribution.of({Emotion.SHAME: 3, Emotion.CALM: 1})
    assert (distribution[Emotion.SHAME], distribution[Emotion.CALM], distribution[Emotion.JOY]) == (0.75, 0.25, 0)


def test_every_emotion_has_a_place_in_the_order_of_the_enumeration():
    assert list(AFFECT) == list(Emotion)
    assert all(abs(place.arousal) <= 1 and abs(place.valence) <= 1 for place in AFFECT.values())


@settings(deadline=None)
@given(MASSES.filter(lambda masses: 0 < sum(masses.values()) < math.inf))
def test_expected_affect_stays_in_range(masses):
    affect = expected_affect(Distribution.of(masses))
    assert -1 <= affect.arousal <= 1
    assert -1 <= affect.valence <= 1


def test_expected_affect_of_one_emotion_is_its_place():
    assert expected_affect(Distribution.of({Emotion.ANGER: 1})) == AFFECT[Emotion.ANGER]
