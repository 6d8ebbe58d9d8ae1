"""The terminal's side of a conversation: frames as a microphone gives them, events as programs read them."""

import numpy as np
import pytest
import soundfile

from voicecbt.devstack.talk.events import NAMES, as_json
from voicecbt.devstack.talk.recording import FRAME_SAMPLES, NotARecording, frames, read_recording
from voicecbt.stubs.emotion.v1 import emotion_pb2
from voicecbt.stubs.session.v1 import session_pb2, turn_pb2

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 96_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_any_recording_becomes_mono_at_16_khz(tmp_path, rate, channels):
    soundfile.write(tmp_path / "clip.wav", np.zeros((rate, channels)), rate)
    assert abs(len(read_recording(tmp_path / "clip.wav")) - 16_000) <= 1


@pytest.mark.parametrize("content", [b"", b"not sound"])
def test_what_is_no_recording_is_refused_by_name(tmp_path, content):
    (tmp_path / "clip.wav").write_bytes(content)
    with pytest.raises(NotARecording, match=r"clip\.wav"):
        read_recording(tmp_path / "clip.wav")


def test_an_empty_recording_is_refused(tmp_path):
    soundfile.write(tmp_path / "clip.wav", np.zeros(0), 16_000)
    with pytest.raises(NotARecording, match="no sound"):
        read_recording(tmp_path / "clip.wav")


@pytest.mark.parametrize("samples", [1, FRAME_SAMPLES, FRAME_SAMPLES + 1])
def test_every_frame_is_20_ms_and_nothing_is_lost(samples):
    made = list(frames(np.full(samples, 0.5, dtype=np.float32)))
    assert {len(frame) for frame in made} == {FRAME_SAMPLES * 2}
    assert np.count_nonzero(np.frombuffer(b"".join(made), "<i2")) == samples


def test_every_kind_of_event_has_a_name():
    kinds = session_pb2.ConverseResponse.DESCRIPTOR.oneofs_by_name["event"].fields
    assert {field.name for field in kinds} == set(NAMES)


def test_a_completed_turn_always_has_all_its_parts():
    message = session_pb2.ConverseResponse(turn_id="t", turn_completed={"turn": turn_pb2.Turn(transcript="hello")})
    told = as_json(message)
    parts = {"transcript", "emotion", "safety", "reply", "technique", "citations", "timings_ms"}
    assert told["event"] == "turn.completed" and parts <= set(told)


def test_the_emotion_of_a_turn_is_told_by_name():
    estimate = emotion_pb2.EmotionEstimate(primary=emotion_pb2.EMOTION_LABEL_SADNESS, confidence=0.5)
    message = session_pb2.ConverseResponse(turn_completed={"turn": turn_pb2.Turn(emotion=estimate)})
    assert as_json(message)["emotion"] == {"primary": "EMOTION_LABEL_SADNESS", "confidence": 0.5}


def test_audio_is_told_by_its_size_and_offsets_are_numbers():
    audio = session_pb2.ReplyAudio(data=b"1234", sample_rate_hz=24_000)
    assert as_json(session_pb2.ConverseResponse(reply_audio=audio))["bytes"] == 4
    assert as_json(session_pb2.ConverseResponse(speech_started={"offset_ms": 832}))["offset_ms"] == 832


def test_a_message_of_a_kind_unknown_here_is_passed_over():
    assert as_json(session_pb2.ConverseResponse()) == {}
