"""A person talks: the terminal's microphone, the whole platform, a spoken and grounded answer, one trace."""

import json
import re
from pathlib import Path

import jiwer
import pytest
import soundfile

pytestmark = pytest.mark.e2e

SAID = "i feel anxious because i have too much work to do"
SERVICES = {
    *("voicecbt-edge", "voicecbt-session", "voicecbt-transcription", "voicecbt-emotion", "voicecbt-rag"),
    *("voicecbt-synthesis", "voicecbt-journal", "voicecbt-auth", "voicecbt-insights"),
}


@pytest.fixture
def traces(platform):
    if platform.traces is None:
        pytest.skip("the stack was started by somebody else and sends its traces elsewhere")
    return platform.traces


@pytest.fixture(scope="module")
def told(platform, clip, tmp_path_factory) -> tuple[list[dict], Path]:
    out = tmp_path_factory.mktemp("reply") / "reply.wav"
    result = platform.command("talk", str(clip), "--json", "--out", str(out))
    assert result.returncode == 0, result.stdout + result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()], out


def words(text: str) -> str:
    return re.sub(r"[^a-z' ]", "", text.lower())


def test_the_words_come_back(told):
    events, _ = told
    assert jiwer.wer(SAID, words(events[-1]["transcript"])) < 0.2


def test_the_last_event_is_the_completed_turn_with_everything_in_it(told):
    events, _ = told
    last = events[-1]
    assert last["event"] == "turn.completed"
    assert last["reply"] and last["technique"]
    assert last["emotion"]["method"] == "METHOD_HEURISTIC"
    assert last["safety"]["level"] == "RISK_LEVEL_NONE"
    assert {"transcript_ms", "emotion_ms", "safety_ms", "first_text_ms", "first_audio_ms"} <= set(last["timings_ms"])


def test_the_events_come_in_the_order_of_a_turn(told):
    events, _ = told
    names = [event["event"] for event in events]
    expected = ["opened", "speech.started", "turn.started", "transcript.final", "reply.delta", "reply.audio"]
    positions = [names.index(name) for name in [*expected, "turn.completed"]]
    assert positions == sorted(positions)


def test_the_text_that_was_streamed_is_the_reply(told):
    events, _ = told
    streamed = " ".join(event["text"] for event in events if event["event"] == "reply.delta")
    assert " ".join(streamed.split()) == " ".join(events[-1]["reply"].split())


def test_the_spoken_reply_is_saved_and_long_enough_to_hold_the_words(told):
    events, out = told
    info = soundfile.info(out)
    assert info.samplerate == 24_000
    assert info.duration > 0.15 * len(events[-1]["reply"].split())


def test_one_trace_holds_the_turn_and_names_all_services(told, traces):
    events, _ = told
    traceparent = next(event["traceparent"] for event in events if event["event"] == "turn.started")
    trace_id = traceparent.split("-")[1]
    spans = traces.wait_for(trace_id, lambda seen: {span.service for span in seen} >= SERVICES, timeout_seconds=15)
    assert {span.service for span in spans} >= SERVICES
    by_id = {span.span_id: span for span in spans}
    roots = [span for span in spans if span.parent_id not in by_id]
    assert len(roots) == 1, [(span.service, span.name) for span in roots]


def test_no_span_holds_what_was_said(told, traces):
    events, _ = told
    spans = traces.spans()
    secret = words(events[-1]["transcript"]).split()[-4:]
    assert len(spans) > 20
    assert not [span for span in spans if " ".join(secret) in words(span.name + span.attributes)]


def test_no_log_holds_what_was_said_or_answered(told, platform):
    events, _ = told
    logs = " ".join(words(path.read_text(errors="replace")) for path in (platform.folder / "logs").glob("*.log"))
    assert "listening" in logs
    assert " ".join(words(events[-1]["transcript"]).split()[-4:]) not in logs
    assert " ".join(words(events[-1]["reply"]).split()[:5]) not in logs


def test_silence_is_no_turn_and_says_so(platform, tmp_path):
    soundfile.write(tmp_path / "silence.wav", [0.0] * 32_000, 16_000)
    result = platform.command("talk", str(tmp_path / "silence.wav"), "--json", "--out", str(tmp_path / "r.wav"))
    assert result.returncode == 2
    last = json.loads(result.stdout.splitlines()[-1])
    assert (last["event"], last["reason"]) == ("turn.failed", "nothing_heard")


def test_danger_is_answered_with_human_help(platform, speak, tmp_path):
    clip = speak("I want to kill myself tonight.", tmp_path / "clip.wav")
    result = platform.command("talk", str(clip), "--json", "--out", str(tmp_path / "r.wav"))
    last = json.loads(result.stdout.splitlines()[-1])
    assert last["safety"]["level"] in {"RISK_LEVEL_HIGH", "RISK_LEVEL_IMMINENT"}
    assert last["safety"]["helplines"]
    assert last["technique"] == "safety"


def test_a_file_that_is_no_recording_is_named(platform, tmp_path):
    (tmp_path / "no.wav").write_text("this is not sound")
    result = platform.command("talk", str(tmp_path / "no.wav"))
    assert result.returncode == 1
    assert "no.wav cannot be read as a recording" in " ".join(result.stderr.split())
