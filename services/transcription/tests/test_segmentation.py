"""Long speech in pieces."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecbt.transcription.domain import SAMPLE_RATE_HZ, SpeechSpan, to_samples
from voicecbt.transcription.segmentation import MAX_SEGMENT_SECONDS, POST_ROLL_MS, segments
from voicecbt.transcription.voice_activity import FRAME_SAMPLES, PRE_ROLL_MS

pytestmark = pytest.mark.unit

LIMIT = MAX_SEGMENT_SECONDS * SAMPLE_RATE_HZ


def seconds(number):
    return int(number * SAMPLE_RATE_HZ)


def test_speech_is_widened_but_not_beyond_the_recording():
    probabilities = np.ones(seconds(4) // FRAME_SAMPLES)
    inside = segments([SpeechSpan(seconds(1), seconds(2))], probabilities, seconds(4))
    assert inside == [SpeechSpan(seconds(1) - to_samples(PRE_ROLL_MS), seconds(2) + to_samples(POST_ROLL_MS))]
    assert segments([SpeechSpan(0, seconds(4))], probabilities, seconds(4)) == [SpeechSpan(0, seconds(4))]


def test_near_spans_are_heard_together_and_far_ones_apart():
    probabilities = np.ones(seconds(20) // FRAME_SAMPLES)
    near = [SpeechSpan(seconds(1), seconds(2)), SpeechSpan(seconds(3), seconds(4))]
    assert len(segments(near, probabilities, seconds(20))) == 1
    far = [SpeechSpan(seconds(1), seconds(2)), SpeechSpan(seconds(9), seconds(10))]
    assert len(segments(far, probabilities, seconds(20))) == 2


def test_long_speech_is_cut_in_its_pause():
    total = seconds(40)
    probabilities = np.ones(total // FRAME_SAMPLES + 1)
    pause = seconds(22) // FRAME_SAMPLES
    probabilities[pause : pause + 6] = 0.1
    first, second = segments([SpeechSpan(0, total)], probabilities, total)
    assert pause <= first.end // FRAME_SAMPLES <= pause + 6
    assert second == SpeechSpan(first.end, total)


def test_no_speech_has_no_segments():
    assert segments([], np.zeros(10), 10 * FRAME_SAMPLES) == []


@given(
    st.lists(st.tuples(st.floats(0.1, 5), st.floats(0.2, 70)), max_size=6),
    st.integers(0, 2**16),
)
def test_segments_hold_all_speech_once_and_are_bounded(gaps_and_lengths, seed):
    spans, at = [], 0
    for gap, length in gaps_and_lengths:
        spans.append(SpeechSpan(at + seconds(gap), at + seconds(gap + length)))
        at = spans[-1].end
    total = at + seconds(0.1)
    probabilities = np.random.default_rng(seed).random(total // FRAME_SAMPLES + 1)
    found = segments(spans, probabilities, total)
    assert all(0 < segment.samples <= LIMIT for segment in found)
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))
    for span in spans:
        covered = sum(max(0, min(span.end, each.end) - max(span.start, each.start)) for each in found)
        assert covered == span.samples
