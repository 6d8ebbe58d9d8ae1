"""An accent that is taken for another language must not cost somebody their words."""

import pytest

from voicecbt.models.store import ModelStore
from voicecbt.transcription.whisper import WhisperModel

pytestmark = pytest.mark.integration

SAID = "I could not sleep again last night."


@pytest.fixture(scope="module")
def whisper() -> WhisperModel:
    return WhisperModel(ModelStore().path("whisper-base"), threads=2)


def test_the_language_is_detected(whisper, say):
    assert whisper.recognise(say(SAID), "").language == "en"


def test_what_is_heard_badly_in_the_detected_language_is_heard_in_the_expected_one(whisper, say, monkeypatch):
    monkeypatch.setattr(whisper, "_detect", lambda encoded: ("cy", 0.9))
    heard = whisper.recognise(say(SAID), "")
    assert heard.language == "en"
    assert "sleep again" in heard.text


def test_a_language_that_was_asked_for_is_kept(whisper, say):
    assert whisper.recognise(say(SAID), "ko").language == "ko"
