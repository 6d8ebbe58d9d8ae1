"""What nobody should send, through Envoy: each is refused by name, and nobody else notices."""

import base64
import io
import json
import re
import uuid

import httpx
import jiwer
import numpy as np
import pytest
import soundfile
from websockets import InvalidStatus

from voicecbt.stubs.session.v1 import session_pb2

pytestmark = pytest.mark.e2e

SAID = "i feel anxious because i have too much work to do"


@pytest.fixture(scope="module")
def bystander(platform, register):
    """Somebody else, in the middle of a conversation."""
    with register(platform) as someone, someone.conversation(someone.start_session()) as line:
        yield line


@pytest.fixture(autouse=True)
def undisturbed(bystander):
    yield
    answer = bystander.answer("I feel a bit tense today.")
    assert answer.turn_completed.turn.reply
    assert not answer.turn_completed.turn.degraded


@pytest.fixture(scope="module")
def sentence(clip) -> np.ndarray:
    samples, rate = soundfile.read(clip, dtype="float32")
    assert rate == 16_000
    return samples


def wav(samples: np.ndarray, rate: int) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format="WAV", subtype="PCM_16")
    return file.getvalue()


def at_rate(samples: np.ndarray, rate: int) -> np.ndarray:
    seconds = len(samples) / 16_000
    return np.interp(np.arange(int(seconds * rate)) / rate, np.arange(len(samples)) / 16_000, samples)


def transcribe(person, body: bytes, kind: str = "audio/wav") -> httpx.Response:
    headers = {**person.key(), "content-type": kind}
    return person.client.post("/api/v1/transcriptions", content=body, headers=headers, timeout=120)


def words(text: str) -> str:
    return re.sub(r"[^a-z ]", "", text.lower())


def refused(response: httpx.Response, status: int, *named: str) -> None:
    """Asserts a problem document of that status that names these words."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"].startswith("application/problem+json")
    problem = response.json()
    assert problem["status"] == status
    told = (problem["detail"] + json.dumps(problem.get("errors", []))).lower()
    for word in named:
        assert word in told, told


# ---- Recordings ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"", ("file", "empty")),
        (b"this is not sound" * 100, ("audio", "wav")),
        (b"RIFF\xff\xff\xff\x7fWAVEfmt ", ("audio",)),
        (b"OggS" + bytes(5000), ("audio",)),
    ],
    ids=["empty", "text", "a cut-off WAV header", "an empty Ogg"],
)
def test_what_is_no_recording_is_refused_by_name(person, body, named):
    refused(transcribe(person, body), 400, *named)


def test_a_body_of_another_type_is_told_what_to_send(person):
    refused(transcribe(person, b"<html>", "text/html"), 415, "multipart/form-data", "audio/")


def test_a_form_without_a_file_is_told_so(person):
    response = person.client.post("/api/v1/transcriptions", files={"sound": ("a.wav", b"x")}, headers=person.key())
    refused(response, 400, "file")


def test_a_recording_that_is_too_large_is_refused_before_it_is_read(person):
    refused(transcribe(person, bytes(33 << 20)), 413)


def test_one_sample_is_too_short(person):
    refused(transcribe(person, wav(np.zeros(1), 16_000)), 400, "audio", "shorter than 100 ms")


def test_a_second_of_silence_is_no_words(person):
    response = transcribe(person, wav(np.zeros(16_000), 16_000))
    assert response.status_code == 200, response.text
    assert not response.json().get("text")


@pytest.mark.parametrize("rate", [8_000, 44_100, 96_000])
def test_any_sample_rate_is_understood(person, sentence, rate):
    response = transcribe(person, wav(at_rate(sentence, rate), rate))
    assert response.status_code == 200, response.text
    assert jiwer.wer(SAID, words(response.json()["text"])) < 0.3


@pytest.mark.parametrize("spoil", ["stereo", "clipped", "one side only"])
def test_a_poor_recording_is_understood(person, sentence, spoil):
    spoilt = {
        "stereo": np.stack([sentence, sentence], axis=1),
        "clipped": np.clip(sentence * 20, -1, 1),
        "one side only": np.stack([sentence, np.zeros_like(sentence)], axis=1),
    }[spoil]
    response = transcribe(person, wav(spoilt, 16_000))
    assert response.status_code == 200, response.text
    assert jiwer.wer(SAID, words(response.json()["text"])) < 0.3


def test_ten_minutes_that_are_mostly_silence_are_understood(person, sentence):
    silence = np.zeros(16_000 * 600 - len(sentence))
    response = transcribe(person, wav(np.concatenate([silence, sentence]), 16_000))
    assert response.status_code == 200, response.text
    assert jiwer.wer(SAID, words(response.json()["text"])) < 0.3


def test_more_than_ten_minutes_are_refused_by_length(person):
    refused(transcribe(person, wav(np.zeros(8_000 * 660), 8_000)), 400, "10 minutes")


# ---- JSON ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b'{"mood": {"mood_score": 5, "notes": "\xff\xfe"}}', ("body", "unicode")),
        (b'{"mood": ', ("body", "json")),
        (b"[]", ("body",)),
        (b'{"mood": {"mood_score": "five"}}', ("mood_score",)),
        (b'{"mood": {"mood_score": 5, "color": "red"}}', ("color",)),
        (b'{"mood": {"mood_score": 5, "notes": "\\ud800"}}', ("body", "column 44")),
        (b"[" * 30_000, ("body",)),
    ],
    ids=["not UTF-8", "cut off", "a list", "a word for a number", "an unknown field", "half a character", "too deep"],
)
def test_json_that_makes_no_sense_is_refused_by_name(person, body, named):
    headers = {**person.key(), "content-type": "application/json"}
    refused(person.client.post("/api/v1/moods", content=body, headers=headers), 400, *named)


def test_a_huge_text_is_refused_by_size(person):
    mood = {"mood": {"mood_score": 5, "notes": "x" * 2_000_000}}
    refused(person.client.post("/api/v1/moods", json=mood, headers=person.key()), 413)


def test_a_text_too_long_to_be_spoken_is_refused_by_name(person):
    refused(person.client.post("/api/v1/speech", json={"text": "x" * 1001}, headers=person.key()), 400, "text")


# ---- The conversation ------------------------------------------------------------------------------------


def opening(session_id: str) -> bytes:
    return session_pb2.ConverseRequest(open=session_pb2.Open(session_id=session_id)).SerializeToString()


def text_input() -> bytes:
    text = session_pb2.TextInput(turn_id=str(uuid.uuid4()), text="hello")
    return session_pb2.ConverseRequest(text=text).SerializeToString()


@pytest.mark.parametrize(
    ("first", "code", "named"),
    [
        (text_input(), 1008, "open"),
        (opening(str(uuid.uuid4())), 1008, "session_id"),
        (b"\xff" * 100, 1003, "ConverseRequest"),
        (b"", 1003, "empty"),
        ("hello", 1003, "binary"),
    ],
    ids=["not open", "open for another session", "garbage", "nothing in it", "text"],
)
def test_a_wrong_first_message_is_named(person, line_to, first, code, named):
    with line_to(person, person.start_session()) as line:
        line.socket.send(first)
        closed, reason = line.closing()
        assert closed == code
        assert named in reason


def test_binary_is_refused_where_json_was_agreed(person, line_to):
    session_id = person.start_session()
    with line_to(person, session_id, "voicecbt.v1.json") as line:
        line.socket.send(opening(session_id))
        code, reason = line.closing()
        assert (code, "text" in reason) == (1003, True)


@pytest.mark.parametrize(
    ("request_", "named"),
    [
        (session_pb2.ConverseRequest(audio=session_pb2.AudioFrame(data=bytes(641))), "audio.data"),
        (session_pb2.ConverseRequest(audio=session_pb2.AudioFrame(data=bytes(19_202))), "audio.data"),
        (session_pb2.ConverseRequest(audio=session_pb2.AudioFrame(data=b"")), "audio.data"),
        (session_pb2.ConverseRequest(text=session_pb2.TextInput(turn_id=str(uuid.uuid4()), text="x" * 5001)), "text"),
        (session_pb2.ConverseRequest(text=session_pb2.TextInput(turn_id="one", text="hello")), "turn_id"),
    ],
    ids=["half a sample", "a long frame", "an empty frame", "a long text", "a turn id that is none"],
)
def test_a_message_that_breaks_the_contract_ends_the_conversation_by_name(person, request_, named):
    with person.conversation(person.start_session()) as line:
        line.send(request_)
        code, reason = line.closing()
        assert (code, named in reason) == (1008, True), (code, reason)


@pytest.mark.parametrize(
    ("message", "code", "named"),
    [(b"\x00\x01garbage", 1003, "ConverseRequest"), ("hello", 1003, "binary"), (bytes(100_000), 1009, "")],
    ids=["garbage", "text", "a message of 100 KB"],
)
def test_a_message_of_the_wrong_kind_ends_the_conversation(person, message, code, named):
    with person.conversation(person.start_session()) as line:
        line.socket.send(message)
        closed, reason = line.closing()
        assert (closed, named in reason) == (code, True), reason


def test_sound_that_is_no_speech_is_no_turn(person):
    session_id = person.start_session()
    noise = np.random.default_rng(1).integers(-300, 300, 16_000 // 50, dtype=np.int16).tobytes()
    with person.conversation(session_id) as line:
        for sequence in range(100):
            frame = session_pb2.AudioFrame(sequence=sequence, data=noise)
            line.send(session_pb2.ConverseRequest(audio=frame))
        turn_id = str(uuid.uuid4())
        line.send(session_pb2.ConverseRequest(end_of_speech=session_pb2.EndOfSpeech(turn_id=turn_id)))
        failed = line.until("turn_failed", "turn_completed", turn_id=turn_id).turn_failed
        assert (failed.reason, failed.retryable) == ("nothing_heard", True)
    assert person.turns(session_id) == []


def test_somebody_else_s_session_and_an_unknown_one_are_the_same(person, other_person, line_to):
    def closing(session_id: str) -> tuple[int, str]:
        with line_to(other_person, session_id) as line:
            line.socket.send(opening(session_id))
            return line.closing()

    theirs, unknown = closing(person.start_session()), closing(str(uuid.uuid4()))
    assert theirs == unknown
    assert theirs == (4404, "no such session")


def forged(token: str) -> str:
    """The same token, made to last longer by somebody who does not have the key."""
    head, claims, signature = token.split(".")
    told = json.loads(base64.urlsafe_b64decode(claims + "=="))
    longer = json.dumps({**told, "exp": told["exp"] + 3600}).encode()
    return ".".join([head, base64.urlsafe_b64encode(longer).rstrip(b"=").decode(), signature])


def test_a_forged_token_opens_nothing(person):
    with pytest.raises(InvalidStatus) as refusal:
        person.socket(person.start_session(), token=forged(person.token))
    assert refusal.value.response.status_code == 401
    assert b"Sign in" in refusal.value.response.body


@pytest.mark.parametrize(
    ("session_id", "subprotocol", "named"),
    [("one", "voicecbt.v1.proto", b"session_id"), (str(uuid.uuid4()), "chat", b"voicecbt.v1.proto")],
)
def test_an_upgrade_that_cannot_work_is_refused_before_it(person, session_id, subprotocol, named):
    with pytest.raises(InvalidStatus) as refusal:
        person.socket(session_id, subprotocol)
    assert refusal.value.response.status_code == 400
    assert named in refusal.value.response.body


def test_a_client_that_says_nothing_is_told_what_was_expected(person, line_to):
    with line_to(person, person.start_session()) as line:
        code, reason = line.closing()
        assert (code, "open" in reason) == (1008, True), reason
