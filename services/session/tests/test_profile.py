"""What a person's profile changes in a conversation, and what happens without it. On virtual time."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from voicecbt.session.ports import PortFailed
from voicecbt.session.profile import Profile
from voicecbt.session.testing.platform import Client, Platform
from voicecbt.session.testing.virtual_time import run_virtually
from voicecbt.stubs.auth.v1.auth_pb2 import PATIENCE_BRISK, PATIENCE_PATIENT
from voicecbt.stubs.rag.v1.rag_pb2 import GenerateReplyRequest
from voicecbt.stubs.session.v1 import session_pb2 as pb

pytestmark = pytest.mark.unit

DOWN = PortFailed("any", "UNAVAILABLE")
HANGS = 10_000.0
SAMARITANS = "Samaritans"  # The first of Great Britain's in the fallback wording.

Scenario = Callable[[Platform, Client], Awaitable[None]]


def talk(scenario: Scenario, platform: Platform, opening: pb.Open | None = None) -> None:
    """Plays a scenario in a conversation of the platform."""

    async def play() -> None:
        session = await platform.start()
        async with platform.talking(session, opening) as client:
            await scenario(platform, client)

    run_virtually(play())


def platform_of(profile: Profile) -> Platform:
    platform = Platform()
    platform.ports.profiles.profile = profile
    return platform


def asked_of_rag(profile: Profile, opening: pb.Open) -> GenerateReplyRequest:
    """What a turn of a person with that profile asks for."""

    async def scenario(platform: Platform, client: Client) -> None:
        await client.expect("turn_completed", await client.say("I feel low"))

    platform = platform_of(profile)
    talk(scenario, platform, opening)
    return platform.ports.responder.requests[0]


@pytest.mark.parametrize(
    ("country", "language", "expected"),
    [("GB", "en-US", "GB"), ("GB", "", "GB"), ("", "en-US", "US"), ("", "", ""), ("FR", "en-GB", "FR")],
)
def test_country_is_the_persons_own_before_that_of_the_language(country: str, language: str, expected: str) -> None:
    assert asked_of_rag(Profile(country=country), pb.Open(language=language)).person.country == expected


@pytest.mark.parametrize("broken", ["generation", "safety", "store"])
def test_danger_points_to_help_of_the_persons_own_country(broken: str) -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        platform.ports.responder.error = DOWN if broken == "generation" else None
        platform.ports.risks.error = DOWN if broken == "safety" else None
        platform.turns.failing_recalls = 1 if broken == "store" else 0
        turn_id = await client.say("I am in danger")
        await client.expect("turn_failed" if broken == "store" else "turn_completed", turn_id)
        notice = client.of("safety", turn_id)[-1].safety.safety
        assert notice.helplines[0].name == SAMARITANS

    talk(scenario, platform_of(Profile(country="GB")), pb.Open(language="en-US"))


def test_country_without_helplines_of_its_own_gets_international_ones_and_not_those_of_the_language() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        platform.ports.responder.error = DOWN
        turn = (await client.expect("turn_completed", await client.say("I am in danger"))).turn_completed.turn
        assert [line.name for line in turn.safety.helplines] == ["Find A Helpline", "Emergency services"]

    talk(scenario, platform_of(Profile(country="FR")), pb.Open(language="en-GB"))


@pytest.mark.parametrize(("opened", "expected"), [("", "en-IE"), ("en-GB", "en-GB")])
def test_language_of_the_profile_is_for_clients_that_ask_for_none(opened: str, expected: str) -> None:
    assert asked_of_rag(Profile(language="en-IE"), pb.Open(language=opened)).language == expected


@pytest.mark.parametrize(
    ("opening", "silence_ms", "language"),
    [(pb.Open(), 1800, "en-IE"), (pb.Open(patience=PATIENCE_BRISK, language="en"), 500, "en")],
)
def test_recogniser_listens_as_the_person_likes_it(opening: pb.Open, silence_ms: int, language: str) -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        await client.speak(500)
        await client.send(end_of_speech=pb.EndOfSpeech())
        await client.expect("turn_completed")
        config = platform.ports.recogniser.configs[0]
        assert (config.end_of_turn_silence_ms, config.language) == (silence_ms, language)

    talk(scenario, platform_of(Profile(language="en-IE", patience=PATIENCE_PATIENT)), opening)


def test_emotion_that_is_off_is_neither_computed_nor_kept() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        await client.speak(500)
        await client.send(end_of_speech=pb.EndOfSpeech())
        turn = (await client.expect("turn_completed")).turn_completed.turn
        assert platform.ports.emotions.calls == 0
        assert not client.of("emotion")
        assert not turn.HasField("emotion")
        assert not turn.timings_ms.HasField("emotion_ms")
        assert not turn.degraded
        assert not platform.ports.responder.requests[0].HasField("emotion")
        stored = next(iter(platform.store.turns.values())).turn
        assert (stored.emotion, stored.primary_emotion) == (None, "")
        assert "emotion" not in {run.service for run in stored.stages}
        assert not next(iter(platform.store.sessions.values())).emotion_summary

    talk(scenario, platform_of(Profile(emotion_off=True)))


def test_every_sentence_is_spoken_in_the_voice_of_the_profile() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        await client.expect("turn_completed", await client.say("I feel low"))
        assert platform.ports.speaker.voices == ["second"] * 3

    talk(scenario, platform_of(Profile(voice="second")))


def test_opening_does_not_wait_for_the_profile_but_the_first_turn_does() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        turn_id = await client.say("I feel low")
        await client.expect("opened")
        assert platform.clock.monotonic() == 0.0
        await client.expect("turn_completed", turn_id)
        assert platform.ports.responder.requests[0].person.country == "GB"
        assert platform.clock.monotonic() == pytest.approx(0.8)
        await client.expect("turn_completed", await client.say("still low"))
        assert platform.ports.profiles.calls == 1

    platform = platform_of(Profile(country="GB"))
    platform.ports.profiles.delay = 0.8
    talk(scenario, platform)


@pytest.mark.parametrize(("delay", "error"), [(0.0, DOWN), (HANGS, None)], ids=["down", "late"])
def test_without_the_profile_people_talk_on_the_defaults_and_emotion_stays_off(
    delay: float, error: PortFailed | None
) -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        turn = (await client.expect("turn_completed", await client.say("I feel low"))).turn_completed.turn
        assert list(turn.degraded) == ["profile"]
        assert not client.of("degraded"), "recorded, but not announced"
        assert platform.ports.emotions.calls == 0, "they may have refused it"
        assert platform.ports.responder.requests[0].person.country == "IE"
        assert platform.ports.speaker.voices[0] == ""
        assert platform.clock.monotonic() <= platform.budgets.profile

    platform = platform_of(Profile(country="GB", voice="second"))
    platform.ports.profiles.delay, platform.ports.profiles.error = delay, error
    talk(scenario, platform, pb.Open(language="en-IE"))


def test_profile_that_was_missing_is_asked_for_again_and_holds_from_the_next_turn_on() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        await client.expect("turn_completed", await client.say("one"))
        platform.ports.profiles.error = None
        await asyncio.sleep(20)
        turn = (await client.expect("turn_completed", await client.say("two"))).turn_completed.turn
        assert not turn.degraded
        assert turn.HasField("emotion")
        assert platform.ports.responder.requests[1].person.country == "GB"
        await asyncio.sleep(60)
        assert platform.ports.profiles.calls == 2, "once known, it is not asked for again"

    platform = platform_of(Profile(country="GB"))
    platform.ports.profiles.error = DOWN
    talk(scenario, platform)


def test_nobody_asks_for_the_profile_of_a_stranger_to_the_session() -> None:
    async def play() -> None:
        platform, other = Platform(), Platform()
        session = await other.start()
        async with platform.talking(session) as stranger:
            await asyncio.gather(stranger.hang_up(), return_exceptions=True)
        assert platform.ports.profiles.calls == 0

    run_virtually(play())
