"""One conversation against the fakes, on virtual time."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest

from voicecbt.kit.errors import Aborted, FailedPrecondition, InvalidArgument, NotFound, Unavailable
from voicecbt.session.ports import PortFailed
from voicecbt.session.testing.platform import Client, Platform
from voicecbt.session.testing.virtual_time import run_virtually
from voicecbt.stubs.session.v1 import session_pb2 as pb

pytestmark = pytest.mark.unit

Scenario = Callable[[Platform, Client], Awaitable[None]]


def talk(scenario: Scenario, opening: pb.Open | None = None) -> Platform:
    """Plays a scenario in a conversation of a fresh platform."""

    async def play() -> Platform:
        platform = Platform()
        session = await platform.start()
        async with platform.talking(session, opening) as client:
            await client.expect("opened")
            await scenario(platform, client)
        return platform

    return run_virtually(play())


def test_typed_turn_tells_its_story_in_order() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        turn_id = await client.say("I feel low")
        await client.expect("turn_completed", turn_id)
        kinds = client.kinds()
        assert kinds[:3] == ["opened", "turn_started", "final_transcript"]
        assert kinds[-1] == "turn_completed"
        assert kinds.count("reply_delta") == 3
        assert {"emotion", "safety", "reply_audio"} <= set(kinds)
        assert [event.sequence for event in client.events] == list(range(len(kinds)))

    talk(scenario)


def test_completed_turn_holds_everything() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        turn_id = await client.say("I feel low")
        turn = (await client.expect("turn_completed", turn_id)).turn_completed.turn
        assert turn.transcript == "I feel low"
        assert turn.reply == "I hear you. That sounds hard. What happened then?"
        assert turn.technique == "socratic_questioning"
        assert [citation.document_id for citation in turn.citations] == ["worry-time"]
        assert platform.store.turns[turn_id].turn.response_id == "response-1"
        assert not turn.degraded

    talk(scenario)


def test_text_only_conversation_makes_no_audio() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        await client.expect("turn_completed", await client.say("hello"))
        assert "reply_audio" not in client.kinds()
        assert platform.ports.speaker.calls == 0

    talk(scenario, pb.Open(text_only=True))


def test_speech_becomes_a_turn_when_the_person_pauses() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        await client.speak(200, silence=True)
        await client.speak(1000)
        await client.speak(600, silence=True)
        completed = await client.expect("turn_completed")
        assert completed.turn_completed.turn.transcript == platform.ports.recogniser.text
        assert completed.turn_completed.turn.timings_ms.end_of_turn_ms == 400
        assert len(platform.ports.emotions.audio) == 1000 * 32, "the utterance, without the silence around it"

    talk(scenario)


def test_end_of_speech_names_the_turn_and_does_not_wait_for_silence() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        turn_id = uuid4()
        await client.speak(500)
        await client.send(end_of_speech=pb.EndOfSpeech(turn_id=str(turn_id)))
        await client.expect("turn_completed", turn_id)

    talk(scenario)


def test_silence_is_no_turn_unless_the_client_says_that_somebody_spoke() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        turn_id = uuid4()
        await client.speak(2000, silence=True)
        await asyncio.sleep(1)
        assert "turn_failed" not in client.kinds()
        await client.send(end_of_speech=pb.EndOfSpeech(turn_id=str(turn_id)))
        failed = (await client.expect("turn_failed", turn_id)).turn_failed
        assert (failed.reason, failed.retryable) == ("nothing_heard", True)
        assert not platform.store.turns

    talk(scenario)


def test_recogniser_failure_fails_the_spoken_turn_and_then_recovers() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        turn_id = uuid4()
        platform.ports.recogniser.error = PortFailed("transcription", "UNAVAILABLE")
        await client.speak(500)
        await client.send(end_of_speech=pb.EndOfSpeech(turn_id=str(turn_id)))
        failed = (await client.expect("turn_failed", turn_id)).turn_failed
        assert (failed.reason, failed.retryable) == ("recognition_unavailable", True)
        platform.ports.recogniser.error = None
        await client.speak(500)
        await client.send(end_of_speech=pb.EndOfSpeech(turn_id=str(turn_id)))
        await client.expect("turn_completed", turn_id)

    talk(scenario)


def test_a_recogniser_that_never_answers_is_given_up() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        platform.ports.recogniser.delay = 10_000
        await client.speak(500)
        await client.send(end_of_speech=pb.EndOfSpeech())
        assert (await client.expect("turn_failed")).turn_failed.reason == "recognition_unavailable"

    talk(scenario)


def test_three_may_wait_and_a_fourth_is_busy() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        platform.ports.responder.delay = 1
        ids = [await client.say("first")]
        await client.expect("turn_started", ids[0])
        ids += [await client.say(f"waiting {number}") for number in range(4)]
        assert (await client.expect("turn_failed", ids[4])).turn_failed.reason == "busy"
        for turn_id in ids[:4]:
            await client.expect("turn_completed", turn_id)
        said = [stored.turn.turn_id for stored in platform.store.turns_of(next(iter(platform.store.sessions)))]
        assert said == ids[:4]

    talk(scenario, pb.Open(text_only=True))


def test_same_turn_id_is_answered_once() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        turn_id = await client.say("I feel low")
        first = await client.expect("turn_completed", turn_id)
        await client.say("I feel low", turn_id)
        again = await client.expect("turn_completed", turn_id, count=2)
        assert again.turn_completed == first.turn_completed
        assert platform.ports.responder.calls == 1
        assert len(client.of("turn_started")) == 1

    talk(scenario)


def test_same_turn_id_sent_again_while_it_runs_is_taken_once() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        platform.ports.responder.delay = 1
        turn_id = await client.say("I feel low")
        await client.expect("turn_started", turn_id)
        for _ in range(5):
            await client.say("I feel low", turn_id)
        await client.hang_up()
        await client.received()
        assert len(client.of("turn_completed", turn_id)) == 1
        assert not client.of("turn_failed")

    talk(scenario)


def test_failed_commit_is_told_and_the_retry_is_kept() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        platform.turns.failing_commits = 1
        turn_id = await client.say("I feel low")
        failed = (await client.expect("turn_failed", turn_id)).turn_failed
        assert failed.retryable
        assert failed.retry_after.seconds == 2
        assert not platform.store.turns
        await client.say("I feel low", turn_id)
        await client.expect("turn_completed", turn_id)
        assert list(platform.store.turns) == [turn_id]

    talk(scenario)


def test_client_that_vanishes_mid_turn_is_still_answered_and_kept() -> None:
    async def play() -> None:
        platform = Platform()
        platform.ports.responder.delay = 1
        session = await platform.start()
        async with platform.talking(session) as client:
            turn_id = await client.say("I feel low")
            await client.expect("turn_started", turn_id)
        await asyncio.sleep(10)
        assert turn_id in platform.store.turns
        assert len(platform.ports.speaker.spoken) <= 1, "nobody listens, so nothing more is spoken"
        async with platform.talking(session) as client:
            missed = (await client.expect("opened")).opened.missed_turns
            assert [turn.turn_id for turn in missed] == [str(turn_id)]

    run_virtually(play())


def test_missed_turns_are_those_after_the_last_known() -> None:
    async def play() -> None:
        platform = Platform()
        session = await platform.start()
        async with platform.talking(session) as client:
            ids = [await client.say("one"), await client.say("two"), await client.say("three")]
            await client.expect("turn_completed", ids[2])
        async with platform.talking(session, pb.Open(last_turn_id=str(ids[0]))) as client:
            missed = (await client.expect("opened")).opened.missed_turns
            assert [turn.turn_id for turn in missed] == [str(ids[1]), str(ids[2])]

    run_virtually(play())


def test_newest_conversation_of_a_session_wins_here_and_on_another_replica() -> None:
    async def play() -> None:
        platform = Platform()
        session = await platform.start()
        elsewhere = platform.replica()
        watching = asyncio.create_task(platform.conversations.live.watch(platform.leases))
        async with platform.talking(session) as first:
            await first.expect("opened")
            async with platform.talking(session) as second:
                await second.expect("opened")
                with pytest.raises(Aborted, match="opened later"):
                    await first.hang_up()
                async with platform.talking(session, on=elsewhere) as third:
                    await third.expect("opened")
                    with pytest.raises(Aborted, match="opened later"):
                        await second.hang_up()
                    await third.expect("turn_completed", await third.say("still here"))
        watching.cancel()

    run_virtually(play())


def test_lost_claim_is_found_by_the_heartbeat() -> None:
    async def play() -> None:
        platform = Platform()
        session = await platform.start()
        async with platform.talking(session) as client:
            await client.expect("opened")
            await platform.leases.claim(session.session_id, uuid4())
            assert client.ending is not None
            with pytest.raises(Aborted):
                await client.ending
            assert client.of("heartbeat")

    run_virtually(play())


def test_heartbeats_come_every_15_seconds() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        await asyncio.sleep(61)
        assert len(client.of("heartbeat")) == 4

    talk(scenario)


def test_silent_client_is_let_go() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        assert client.ending is not None
        with pytest.raises(Aborted, match="too long"):
            await client.ending

    talk(scenario)


def test_hanging_up_lets_waiting_turns_be_answered() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        ids = [await client.say("one"), await client.say("two")]
        await client.speak(300)
        await client.hang_up()
        await client.expect("turn_completed", count=3)
        assert set(ids) <= set(platform.store.turns)

    talk(scenario)


def test_draining_ends_after_the_live_turns() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        platform.ports.responder.delay = 1
        turn_id = await client.say("I feel low")
        await client.expect("turn_started", turn_id)
        platform.draining.set()
        assert client.ending is not None
        with pytest.raises(Unavailable):
            await client.ending
        assert turn_id in platform.store.turns
        await client.expect("turn_completed", turn_id)
        session = next(iter(platform.store.sessions.values()))
        async with platform.talking(session) as late:
            with pytest.raises(Unavailable):
                await late.hang_up()

    talk(scenario)


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (pb.ConverseRequest(text=pb.TextInput(turn_id=str(uuid4()), text="hi")), "open"),
        (pb.ConverseRequest(open=pb.Open(input=pb.AudioFormat(encoding="ENCODING_OPUS"))), "open.input.encoding"),
        (pb.ConverseRequest(open=pb.Open(output=pb.AudioFormat(encoding="ENCODING_OPUS"))), "open.output.encoding"),
        (pb.ConverseRequest(open=pb.Open(input=pb.AudioFormat(sample_rate_hz=24000))), "open.input.sample_rate_hz"),
    ],
)
def test_wrong_first_message_names_its_field(request_: pb.ConverseRequest, field: str) -> None:
    async def play() -> None:
        platform = Platform()
        client = Client()

        async def requests() -> object:
            yield request_

        conversation = platform.conversations.converse(platform.user_id, requests(), client.outgoing)  # type: ignore[arg-type]
        with pytest.raises(InvalidArgument, match=field):
            await conversation
        await client.receive()
        assert client.events[0].error.field == field

    run_virtually(play())


def test_second_open_is_refused() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        await client.send(open=pb.Open())
        with pytest.raises(InvalidArgument, match="open already"):
            await client.hang_up()

    talk(scenario)


def test_half_a_sample_ends_the_conversation() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        await client.send(audio=pb.AudioFrame(sequence=0, data=b"\x00" * 321))
        with pytest.raises(InvalidArgument, match=r"audio\.data"):
            await client.hang_up()

    talk(scenario)


def test_lost_audio_is_named_and_forgiven() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        await client.send(audio=pb.AudioFrame(sequence=7, data=b"\x10\x00" * 320))
        assert (await client.expect("error")).error.field == "audio.sequence"
        await client.send(end_of_speech=pb.EndOfSpeech())
        await client.expect("turn_completed")

    talk(scenario)


def test_somebody_elses_session_looks_unknown_and_an_ended_one_is_closed() -> None:
    async def play() -> None:
        platform = Platform()
        session = await platform.start()
        owner, platform.user_id = platform.user_id, uuid4()
        async with platform.talking(session) as stranger:
            with pytest.raises(NotFound):
                await stranger.hang_up()
        platform.user_id = owner
        await platform.sessions.end(owner, session.session_id, platform.clock.now())
        async with platform.talking(session) as late:
            with pytest.raises(FailedPrecondition):
                await late.hang_up()

    run_virtually(play())


def test_patience_reaches_the_recogniser() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        await client.send(set_patience=pb.SetPatience(patience="PATIENCE_PATIENT"))
        await client.expect("turn_completed", await client.say("still fine"))

    talk(scenario)
