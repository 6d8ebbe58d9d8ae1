"""When speech starts and stops, on given probabilities: no model, no clock."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecbt.transcription.domain import SpeechSpan, to_samples
from voicecbt.transcription.voice_activity import (
    FRAME_SAMPLES,
    MIN_SPEECH_MS,
    SpeechStarted,
    SpeechStopped,
    VoiceActivity,
    VoiceActivityConfig,
    frame_probabilities,
    speech_spans,
)

pytestmark = pytest.mark.unit

CONFIG = VoiceActivityConfig(end_silence_ms=320)  # ten frames


def events_of(probabilities, config=CONFIG):
    activity = VoiceActivity(config)
    return [event for event in map(activity.frame, probabilities) if event]


def frames(count):
    return count * FRAME_SAMPLES


def test_speech_is_announced_with_where_it_began_and_ended():
    assert events_of([0.0] * 10 + [0.9] * 20 + [0.0] * 10) == [
        SpeechStarted(frames(10)),
        SpeechStopped(frames(10), frames(30), decided_at=frames(40)),
    ]


def test_a_click_is_not_speech():
    assert events_of([0.0] * 5 + [0.9] * 4 + [0.0] * 30) == []


def test_speech_is_announced_once_it_lasted_long_enough():
    needed = -(-to_samples(MIN_SPEECH_MS) // FRAME_SAMPLES)
    assert events_of([0.9] * (needed - 1)) == []
    assert events_of([0.9] * needed) == [SpeechStarted(0)]


def test_a_pause_shorter_than_the_end_silence_does_not_end_it():
    stopped = events_of([0.9] * 10 + [0.0] * 9 + [0.9] * 5 + [0.0] * 10)[-1]
    assert stopped == SpeechStopped(0, frames(24), decided_at=frames(34))


def test_soft_frames_go_on_with_speech_but_do_not_begin_it():
    assert events_of([0.4] * 50) == []
    assert events_of([0.9] * 5 + [0.4] * 20 + [0.0] * 10)[-1].offset == frames(25)


def test_the_end_silence_can_change_while_someone_speaks():
    activity = VoiceActivity(CONFIG)
    for _ in range(10):
        activity.frame(0.9)
    activity.config = activity.config.with_end_silence(640)
    assert [activity.frame(0.0) for _ in range(19)] == [None] * 19
    assert isinstance(activity.frame(0.0), SpeechStopped)


def test_stop_ends_speech_at_its_last_voiced_frame():
    activity = VoiceActivity(CONFIG)
    for probability in [0.9] * 10 + [0.0] * 3:
        activity.frame(probability)
    assert activity.stop() == SpeechStopped(0, frames(10), decided_at=frames(13))
    assert activity.stop() is None
    assert activity.speech is None


def test_stop_forgets_speech_that_was_about_to_begin():
    activity = VoiceActivity(CONFIG)
    activity.frame(0.9)
    activity.stop()
    assert [activity.frame(0.9) for _ in range(4)] == [None] * 4


def test_spans_of_a_recording_end_with_it():
    assert speech_spans(np.array([0.0] * 3 + [0.9] * 8), CONFIG) == [SpeechSpan(frames(3), frames(11))]


def test_the_last_frame_of_a_recording_is_filled_up():
    sizes = []
    probabilities = frame_probabilities(np.ones(FRAME_SAMPLES + 1, np.float32), lambda f: sizes.append(f.size) or 0.5)
    assert probabilities.tolist() == [0.5, 0.5]
    assert sizes == [FRAME_SAMPLES] * 2


@given(st.lists(st.floats(0, 1), max_size=300))
def test_starts_and_stops_alternate_and_are_in_order(probabilities):
    activity = VoiceActivity(CONFIG)
    events = [event for event in (*map(activity.frame, probabilities), activity.stop()) if event]
    assert [type(event) for event in events] == [SpeechStarted, SpeechStopped] * (len(events) // 2)
    offsets = [event.offset for event in events]
    assert offsets == sorted(offsets)
    assert activity.position == frames(len(probabilities))
