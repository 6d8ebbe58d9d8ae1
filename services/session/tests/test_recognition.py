"""Recognition on virtual time: what it does with a recogniser that stalls, ends or never answers."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest

from voicecbt.kit.errors import Unavailable
from voicecbt.session.conversation.opening import SILENCE_MS, recognition_config
from voicecbt.session.conversation.recognition import FRAMES_WAITING, Recognition
from voicecbt.session.ports import PortFailed
from voicecbt.session.testing.ports import FakeRecogniser
from voicecbt.session.testing.virtual_time import LoopClock, run_virtually
from voicecbt.session.turn.listener import Event
from voicecbt.session.turn.utterance import Utterance
from voicecbt.stubs.auth.v1.auth_pb2 import PATIENCE_BRISK, PATIENCE_LEARNT, PATIENCE_PATIENT
from voicecbt.stubs.session.v1.session_pb2 import Degraded, TurnFailed
from voicecbt.stubs.transcription.v1.transcription_pb2 import StreamTranscribeRequest, StreamTranscribeResponse

pytestmark = pytest.mark.unit

SPEECH, SILENCE = b"\x10\x00" * 320, b"\x00\x00" * 320


@dataclass(slots=True)
class Ears:
    """A Recognition, and everything that it said."""

    recogniser: FakeRecogniser = field(default_factory=FakeRecogniser)
    events: list[Event] = field(default_factory=list)
    utterances: list[Utterance] = field(default_factory=list)

    async def send(self, event: Event, turn_id: str = "") -> None:
        """The Listener."""
        self.events.append(event)

    async def heard(self, utterance: Utterance) -> None:
        """Where utterances go."""
        self.utterances.append(utterance)

    def recognition(self) -> Recognition:
        """The thing itself."""
        return Recognition(self.recogniser, recognition_config("en", PATIENCE_BRISK), self, LoopClock(), self.heard)


class Deaf(FakeRecogniser):
    """Takes nothing in."""

    async def listen(
        self, requests: AsyncIterator[StreamTranscribeRequest]
    ) -> AsyncGenerator[StreamTranscribeResponse, None]:
        """Waits for ever."""
        await asyncio.sleep(10_000)
        yield StreamTranscribeResponse()


def listen(ears: Ears, scenario: Callable[[Recognition], Coroutine[object, object, None]]) -> None:
    """Plays a scenario beside a running recognition."""

    async def play() -> None:
        recognition = ears.recognition()
        running = asyncio.create_task(recognition.run())
        await scenario(recognition)
        recognition.end()
        await running

    run_virtually(play())


def test_two_utterances_are_cut_out_where_they_were() -> None:
    ears = Ears()

    async def scenario(recognition: Recognition) -> None:
        for frame in [SILENCE] * 10 + [SPEECH] * 25 + [SILENCE] * 30 + [SPEECH] * 50 + [SILENCE] * 30:
            await recognition.hear(frame)

    listen(ears, scenario)
    assert [utterance.audio for utterance in ears.utterances] == [SPEECH * 25, SPEECH * 50]
    assert len({utterance.turn_id for utterance in ears.utterances}) == 2


def test_end_of_speech_is_dated_back_to_when_it_was() -> None:
    ears = Ears()

    async def scenario(recognition: Recognition) -> None:
        await asyncio.sleep(5)
        for frame in [SPEECH] * 25 + [SILENCE] * 20:
            await recognition.hear(frame)

    listen(ears, scenario)
    assert ears.utterances[0].ended_at == pytest.approx(5 - 0.4)


def test_offsets_count_anew_after_a_failure() -> None:
    ears = Ears()

    async def scenario(recognition: Recognition) -> None:
        ears.recogniser.error = PortFailed("transcription", "UNAVAILABLE")
        for frame in [SPEECH] * 25 + [SILENCE] * 20:
            await recognition.hear(frame)
        await asyncio.sleep(0.5)
        ears.recogniser.error = None
        await asyncio.sleep(1)
        for frame in [SPEECH] * 10 + [SILENCE] * 20:
            await recognition.hear(frame)

    listen(ears, scenario)
    assert [utterance.audio for utterance in ears.utterances] == [SPEECH * 10]


def test_failure_in_mid_speech_asks_for_it_again_and_in_silence_says_it_once() -> None:
    talking, quiet = Ears(), Ears()

    async def scenario(recognition: Recognition) -> None:
        await recognition.hear(SPEECH)
        await asyncio.sleep(1)
        await recognition.flush(uuid4())

    talking.recogniser.error = PortFailed("transcription", "UNAVAILABLE")
    listen(talking, scenario)
    failures = [event for event in talking.events if isinstance(event, TurnFailed)]
    assert [(failure.reason, failure.retryable) for failure in failures] == [("recognition_unavailable", True)]

    async def silent(recognition: Recognition) -> None:
        for _ in range(3):
            await recognition.hear(SILENCE)
            await asyncio.sleep(10_100)

    quiet.recogniser = Broken()
    listen(quiet, silent)
    assert [type(event) for event in quiet.events] == [Degraded]


@dataclass(slots=True)
class Dying(FakeRecogniser):
    """Takes one request, then nothing for a second, and then falls over; is well afterwards."""

    async def listen(
        self, requests: AsyncIterator[StreamTranscribeRequest]
    ) -> AsyncGenerator[StreamTranscribeResponse, None]:
        """As its class says."""
        self.calls += 1
        if self.calls == 1:
            await anext(requests)
            await asyncio.sleep(1)
            raise PortFailed("transcription", "UNAVAILABLE")
        async for response in FakeRecogniser.listen(self, requests):
            yield response


def test_what_waited_for_a_recogniser_that_died_does_not_become_a_turn_of_its_own() -> None:
    ears, turn_id, again = Ears(recogniser=Dying()), uuid4(), uuid4()

    async def say(recognition: Recognition, name: UUID) -> None:
        for frame in [SPEECH] * 25:
            await recognition.hear(frame)
        await recognition.flush(name)

    async def scenario(recognition: Recognition) -> None:
        await say(recognition, turn_id)
        await asyncio.sleep(3)
        assert [event.reason for event in ears.events if isinstance(event, TurnFailed)] == ["recognition_unavailable"]
        await say(recognition, again)

    listen(ears, scenario)
    assert [(utterance.turn_id, utterance.audio) for utterance in ears.utterances] == [(again, SPEECH * 25)]


def test_the_end_is_not_forgotten_with_what_was_lost() -> None:
    ears = Ears(recogniser=Dying())

    async def scenario(recognition: Recognition) -> None:
        await recognition.hear(SPEECH)
        await recognition.flush(uuid4())

    listen(ears, scenario)
    assert not ears.utterances


class Broken(FakeRecogniser):
    """Fails at once."""

    async def listen(
        self, requests: AsyncIterator[StreamTranscribeRequest]
    ) -> AsyncGenerator[StreamTranscribeResponse, None]:
        """Takes one request and falls over."""
        await anext(requests)
        raise PortFailed("transcription", "UNAVAILABLE")
        yield StreamTranscribeResponse()  # Makes it a generator.


def test_a_recogniser_that_takes_nothing_ends_in_an_error_and_not_in_a_full_memory() -> None:
    async def play() -> None:
        ears = Ears(recogniser=Deaf())
        recognition = ears.recognition()
        running = asyncio.create_task(recognition.run())
        with pytest.raises(Unavailable):
            for _ in range(FRAMES_WAITING + 2):
                await recognition.hear(SPEECH)
        running.cancel()

    run_virtually(play())


def test_patience_becomes_silence() -> None:
    assert recognition_config("en", PATIENCE_BRISK).end_of_turn_silence_ms == SILENCE_MS[PATIENCE_BRISK]
    patient = recognition_config("en", PATIENCE_PATIENT).end_of_turn_silence_ms
    assert patient > recognition_config("en", PATIENCE_BRISK).end_of_turn_silence_ms
    assert recognition_config("en", PATIENCE_LEARNT).end_of_turn_silence_ms == 0
