"""The live stream over a voice activity and a recogniser that do as they are told."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from voicecbt.kit.audio import float_to_pcm16
from voicecbt.transcription.domain import SAMPLE_RATE_HZ, Transcript
from voicecbt.transcription.live_events import Audio, Final, Flush, Partial, StreamOptions
from voicecbt.transcription.live_stream import MAX_UTTERANCE_SECONDS, LiveStream
from voicecbt.transcription.voice_activity import FRAME_SAMPLES, SpeechStarted, SpeechStopped

pytestmark = pytest.mark.unit


def loud_is_speech(frame):
    return float(np.abs(frame).max() > 0.1)


class Recogniser:
    """Says how many seconds of speech it was given; counts its work."""

    def __init__(self):
        self.idle = True
        self.heard = []
        self.sketched = 0
        self.hold = None
        self.waiting = asyncio.Semaphore(0)

    async def transcribe(self, heard, spans, language, priority, *, words=False):
        self.heard.append((heard, spans[0]))
        if self.hold:
            self.waiting.release()
            await self.hold.wait()
        return Transcript(text=f"{spans[0].samples / SAMPLE_RATE_HZ:.1f} s", language=language)

    async def sketch(self, samples, language):
        self.sketched += 1
        return f"so far {samples.size / SAMPLE_RATE_HZ:.1f} s"


@pytest.fixture
def recogniser():
    return Recogniser()


@pytest.fixture
def listen(recogniser):
    """Runs a stream over sounds, given as (seconds, loud) or as inputs, and returns its events."""

    async def heard(*sounds, options=None):
        async def inputs():
            for sound in sounds:
                for each in pieces(sound):
                    yield each
                    await asyncio.sleep(0)

        with ThreadPoolExecutor(1) as executor:
            stream = LiveStream(options or StreamOptions(language="en"), recogniser, loud_is_speech, executor)
            running = asyncio.create_task(stream.run(inputs()))
            events = [event async for event in stream.events()]
            await running
        return events

    return heard


def pieces(sound):
    if not isinstance(sound, tuple):
        return [sound]
    seconds, loud = sound
    pcm = float_to_pcm16(np.full(int(seconds * SAMPLE_RATE_HZ), 0.5 if loud else 0.0, np.float32))
    return [Audio(pcm[at : at + 6400]) for at in range(0, len(pcm), 6400)]


def talk(seconds):
    return (seconds, True)


def quiet(seconds):
    return (seconds, False)


def of(kind, events):
    return [event for event in events if isinstance(event, kind)]


async def test_offsets_count_from_the_start_of_the_stream(listen):
    events = await listen(quiet(1), talk(2), quiet(1))
    started, stopped, final = events
    assert started == SpeechStarted(final.start)
    assert abs(final.start - SAMPLE_RATE_HZ) <= FRAME_SAMPLES
    assert abs(final.end - 3 * SAMPLE_RATE_HZ) <= FRAME_SAMPLES
    assert stopped.offset == final.end
    assert abs(final.endpoint_delay - 0.7 * SAMPLE_RATE_HZ) <= FRAME_SAMPLES


async def test_utterances_are_answered_in_order(listen):
    events = await listen(talk(1), quiet(1), talk(2), quiet(1), talk(3), quiet(1))
    assert [round(float(final.transcript.text.split()[0])) for final in of(Final, events)] == [1, 2, 3]


async def test_the_recogniser_gets_the_moment_before_and_not_the_utterance_before(listen, recogniser):
    await listen(talk(1), quiet(0.75), talk(1), quiet(1))
    for heard, span in recogniser.heard:
        before = heard.samples[: span.start]
        assert before.size <= 0.5 * SAMPLE_RATE_HZ
        assert np.abs(before[:-FRAME_SAMPLES]).max(initial=0) < 0.01
    assert recogniser.heard[-1][1].start > 0


async def test_recognition_begins_in_the_pause_and_is_used(listen, recogniser):
    events = await listen(talk(2), quiet(1))
    assert len(recogniser.heard) == 1
    assert of(Final, events)[0].transcript.text == "2.0 s"


async def test_a_guess_is_thrown_away_when_the_person_goes_on(listen, recogniser):
    events = await listen(talk(1), quiet(0.5), talk(1), quiet(1))
    assert [final.transcript.text for final in of(Final, events)] == ["2.5 s"]
    assert len(recogniser.heard) == 2


async def test_nothing_is_guessed_while_others_wait(listen, recogniser):
    recogniser.idle = False
    await listen(talk(1), quiet(0.5), talk(1), quiet(1), options=StreamOptions(partials=True))
    assert len(recogniser.heard) == 1
    assert recogniser.sketched == 0


async def test_partials_come_at_most_once_a_second_and_only_when_asked_for(listen, recogniser):
    events = await listen(talk(3.5), quiet(1), options=StreamOptions(partials=True))
    assert 1 <= len(of(Partial, events)) <= recogniser.sketched <= 3
    assert all(event.text.startswith("so far") for event in of(Partial, events))
    recogniser.sketched = 0
    assert of(Partial, await listen(talk(3.5), quiet(1))) == []
    assert recogniser.sketched == 0


async def test_flush_is_always_answered_once(listen):
    events = await listen(Flush(), talk(1), Flush(), Flush(), quiet(0.2), Flush())
    assert [final.transcript.text != "" for final in of(Final, events)] == [False, True, False, False]


async def test_an_endless_utterance_is_ended(listen):
    events = await listen(talk(MAX_UTTERANCE_SECONDS + 10), quiet(1))
    first, second = of(Final, events)
    assert first.end - first.start == pytest.approx(MAX_UTTERANCE_SECONDS * SAMPLE_RATE_HZ, abs=FRAME_SAMPLES)
    assert second.start == pytest.approx(first.end, abs=FRAME_SAMPLES)


async def test_silence_is_not_kept(recogniser):
    with ThreadPoolExecutor(1) as executor:
        stream = LiveStream(StreamOptions(), recogniser, loud_is_speech, executor)

        async def inputs():
            for piece in (*pieces(quiet(120)), *pieces(talk(1)), Flush()):
                yield piece

        running = asyncio.create_task(stream.run(inputs()))
        assert [type(event) async for event in stream.events()] == [SpeechStarted, SpeechStopped, Final]
        await running
    assert recogniser.heard[0][0].samples.size < 2 * SAMPLE_RATE_HZ


async def test_input_is_read_no_faster_than_it_is_answered(recogniser):
    recogniser.hold = asyncio.Event()
    read = 0

    async def inputs():
        nonlocal read
        for _ in range(40):
            for piece in (*pieces(talk(0.3)), Flush()):
                yield piece
            read += 1

    with ThreadPoolExecutor(1) as executor:
        stream = LiveStream(StreamOptions(), recogniser, loud_is_speech, executor)
        running = asyncio.create_task(stream.run(inputs()))
        for _ in range(5):
            await recogniser.waiting.acquire()
        for _ in range(50):
            await asyncio.sleep(0)
        assert read < 10
        recogniser.hold.set()
        assert len(of(Final, [event async for event in stream.events()])) == 40
        await running


async def test_an_error_of_the_input_ends_the_events(recogniser):
    async def inputs():
        yield Audio(bytes(640))
        raise ValueError("no more")

    with ThreadPoolExecutor(1) as executor:
        stream = LiveStream(StreamOptions(), recogniser, loud_is_speech, executor)
        running = asyncio.create_task(stream.run(inputs()))
        assert [event async for event in stream.events()] == []
        with pytest.raises(ExceptionGroup):
            await running


async def test_cancelling_a_stream_cancels_its_recognition(recogniser):
    recogniser.hold = asyncio.Event()

    async def inputs():
        for piece in (*pieces(talk(1)), Flush()):
            yield piece

    with ThreadPoolExecutor(1) as executor:
        stream = LiveStream(StreamOptions(), recogniser, loud_is_speech, executor)
        running = asyncio.create_task(stream.run(inputs()))
        await recogniser.waiting.acquire()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert not of(Final, [event async for event in stream.events()])
