"""The use case over a small voice, and readiness."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from voicecbt.kit.errors import InvalidArgument
from voicecbt.synthesis.readiness import PROBE_EVERY_SECONDS, Readiness
from voicecbt.synthesis.speaking import Speaking

pytestmark = pytest.mark.unit


class Tone:
    """A voice that hums one second per phrase and remembers what it was told."""

    sample_rate_hz = 24_000

    def __init__(self):
        self.spoken = []

    def speak(self, phrase, speed):
        self.spoken.append(phrase)
        return (0.3 * np.sin(np.arange(self.sample_rate_hz / speed) / 20)).astype(np.float32)


@pytest.fixture
def voice():
    return Tone()


@pytest.fixture
def speaking(voice):
    with ThreadPoolExecutor(1) as executor:
        yield Speaking({"tone": voice}, "tone", executor)


async def test_a_reader_that_stops_stops_the_work(speaking, voice):
    stream = speaking.speak("One thing. Another thing. A third thing.", voice, 16_000, 1.0)
    await anext(stream)
    await stream.aclose()
    assert voice.spoken == ["One thing."]


async def test_all_is_said_in_order(speaking, voice):
    chunks = [chunk async for chunk in speaking.speak("One thing. Another.", voice, 24_000, 1.0)]
    assert voice.spoken == ["One thing.", "Another."]
    assert sum(map(len, chunks)) > 2 * 2 * 24_000


async def test_a_voice_that_says_nothing_is_an_error_not_silence(speaking, voice):
    voice.speak = lambda phrase, speed: np.zeros(0, dtype=np.float32)
    with pytest.raises(InvalidArgument):
        await anext(speaking.speak("Words.", voice, 24_000, 1.0))


def test_an_unknown_voice_is_refused_with_the_names_of_the_others(speaking):
    with pytest.raises(InvalidArgument, match="tone"):
        speaking.voice("nobody")


async def test_the_event_loop_is_free_while_a_phrase_is_made(speaking, voice):
    release = threading.Event()

    def slow(phrase, speed):
        release.wait(10)
        return np.ones(2400, dtype=np.float32)

    voice.speak = slow
    first = asyncio.ensure_future(anext(speaking.speak("Words.", voice, 24_000, 1.0)))
    await asyncio.sleep(0)
    release.set()
    assert await first


async def test_readiness_probes_only_when_the_last_success_is_old(speaking, voice):
    now = 0.0
    readiness = Readiness(speaking.probe, lambda: now)
    assert await readiness.check()
    assert await readiness.check()
    assert len(voice.spoken) == 1
    now = PROBE_EVERY_SECONDS
    assert await readiness.check()
    assert len(voice.spoken) == 2


async def test_readiness_fails_with_the_voice(speaking, voice):
    def broken(phrase, speed):
        raise RuntimeError("the model is gone")

    voice.speak = broken
    with pytest.raises(RuntimeError):
        await Readiness(speaking.probe).check()
