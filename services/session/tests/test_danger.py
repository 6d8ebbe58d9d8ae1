"""What is done about danger, on virtual time: how soon help is shown, what is remembered, and what fails safely."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from voicecbt.session.ports import PortFailed
from voicecbt.session.profile import Profile
from voicecbt.session.testing.platform import Client, Platform
from voicecbt.session.testing.virtual_time import run_virtually
from voicecbt.session.turn.danger import highest_risk
from voicecbt.session.turn.hear import HISTORY_TURNS
from voicecbt.stubs.rag.v1 import rag_pb2
from voicecbt.stubs.session.v1 import session_pb2 as pb
from voicecbt.stubs.session.v1.turn_pb2 import Safety

pytestmark = pytest.mark.unit

DOWN = PortFailed("any", "UNAVAILABLE")
HANGS = 10_000.0
NONE, ELEVATED, HIGH = rag_pb2.RISK_LEVEL_NONE, rag_pb2.RISK_LEVEL_ELEVATED, rag_pb2.RISK_LEVEL_HIGH
SUICIDE, ABUSE = rag_pb2.RISK_KIND_SUICIDE, rag_pb2.RISK_KIND_ABUSE
HIGH_SUICIDE = rag_pb2.RiskAssessment(level=HIGH, kind=SUICIDE)

Scenario = Callable[[Platform, Client], Awaitable[None]]


def talk(scenario: Scenario, country: str = "") -> None:
    """A conversation by text."""

    async def play() -> None:
        platform = Platform()
        platform.ports.profiles.profile = Profile(country=country)
        async with platform.talking(await platform.start(), pb.Open(text_only=True)) as client:
            await scenario(platform, client)

    run_virtually(play())


def notices(client: Client) -> list[tuple[rag_pb2.RiskLevel.ValueType, list[str]]]:
    """Level and names of helplines of each notice so far."""
    safeties = [event.safety.safety for event in client.of("safety")]
    return [(safety.level, [line.name for line in safety.helplines]) for safety in safeties]


def test_high_risk_is_remembered_however_long_ago_it_was() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        await client.expect("turn_completed", await client.say("I am in danger"))
        for _ in range(HISTORY_TURNS + 5):
            await client.expect("turn_completed", await client.say("I feel low"))
        assert platform.ports.risks.known == HIGH_SUICIDE
        assert "I am in danger" not in platform.ports.risks.earlier

    talk(scenario)


def test_session_without_risk_has_none_to_remember() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        for _ in range(2):
            await client.expect("turn_completed", await client.say("I feel low"))
        assert platform.ports.risks.known is None

    talk(scenario)


def test_risk_that_the_reply_finds_is_told_stored_and_remembered() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        platform.ports.risks.level_for_all = ELEVATED
        platform.ports.responder.risk = rag_pb2.RiskAssessment(level=HIGH, kind=SUICIDE, bypass_generation=True)
        turn = (await client.expect("turn_completed", await client.say("yes"))).turn_completed.turn
        assert [level for level, _ in notices(client)] == [ELEVATED, HIGH]
        assert notices(client)[-1][1], "a crisis has helplines, even where rag names none"
        assert (turn.safety.level, turn.safety.kind) == (HIGH, SUICIDE)
        platform.ports.responder.risk = None
        await client.expect("turn_completed", await client.say("I do not want to talk about that"))
        assert platform.ports.risks.known == HIGH_SUICIDE

    talk(scenario)


def test_reply_cannot_lower_the_risk() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        platform.ports.responder.risk = rag_pb2.RiskAssessment(level=NONE)
        turn = (await client.expect("turn_completed", await client.say("danger"))).turn_completed.turn
        assert turn.safety.level == HIGH

    talk(scenario)


def test_crisis_is_answered_without_waiting_for_anything_else() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        ports = platform.ports
        for part in (ports.emotions, ports.contexts, ports.retriever):
            part.delay = HANGS
        before = platform.clock.monotonic()
        turn = (await client.expect("turn_completed", await client.say("danger"))).turn_completed.turn
        assert platform.clock.monotonic() == before
        assert not turn.HasField("emotion")
        assert not turn.degraded
        assert not client.of("emotion")

    talk(scenario)


def test_emotion_that_comes_while_a_crisis_is_answered_is_kept() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        platform.ports.emotions.delay, platform.ports.responder.delay = 0.5, 1
        turn = (await client.expect("turn_completed", await client.say("danger"))).turn_completed.turn
        assert turn.HasField("emotion")
        assert turn.timings_ms.emotion_ms == 500
        assert turn.timings_ms.first_text_ms == 1000
        assert client.kinds().index("emotion") < client.kinds().index("reply_delta")

    talk(scenario)


def test_helplines_of_the_country_come_before_any_word_and_give_way_to_those_of_rag() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        platform.ports.responder.delay = 5
        await client.say("danger")
        await client.expect("safety")
        assert not client.of("reply_delta")
        assert notices(client)[0][0] == HIGH
        assert notices(client)[0][1][0] == "Samaritans"
        await client.expect("turn_completed")
        assert [names for _, names in notices(client)][1:] == [["Somebody"]]

    talk(scenario, country="IE")


def test_unknown_risk_shows_helplines_before_any_word() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        platform.ports.risks.delay = platform.ports.responder.delay = HANGS
        before = platform.clock.monotonic()
        await client.say("I feel low")
        await client.expect("safety")
        assert platform.clock.monotonic() - before == platform.budgets.risk
        level, names = notices(client)[0]
        assert (level, names[0]) == (ELEVATED, "Samaritans")

    talk(scenario, country="GB")


def test_turn_that_fails_after_its_assessment_still_shows_where_help_is() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        platform.ports.risks.level_for_all = ELEVATED
        platform.turns.failing_commits = 1
        await client.expect("turn_failed", await client.say("I feel low"))
        assert [(level, bool(names)) for level, names in notices(client)] == [(ELEVATED, False), (ELEVATED, True)]
        assert platform.ports.risks.calls == 1, "it was assessed already"

    talk(scenario)


def test_helplines_that_were_told_are_not_told_again_by_the_net() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        platform.turns.failing_commits = 1
        await client.expect("turn_failed", await client.say("danger"))
        assert [bool(names) for _, names in notices(client)] == [True, True], "ours at once, then those of rag"

    talk(scenario)


@pytest.mark.parametrize(("text", "level"), [("danger", HIGH), ("I feel low", None)])
def test_words_into_an_ended_session_are_looked_at(text: str, level: rag_pb2.RiskLevel.ValueType | None) -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        await client.expect("opened")
        session_id = next(iter(platform.store.sessions))
        await platform.sessions.end(platform.user_id, session_id, platform.clock.now())
        failed = await client.expect("turn_failed", await client.say(text))
        assert failed.turn_failed.reason == "session_ended"
        assert [told for told, names in notices(client) if names] == ([] if level is None else [level])

    talk(scenario)


def test_words_of_an_erased_person_are_looked_at() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        await client.expect("opened")
        await platform.sessions.erase(platform.user_id)
        failed = await client.expect("turn_failed", await client.say("danger"))
        assert (failed.turn_failed.reason, failed.turn_failed.retryable) == ("unknown_session", False)
        assert notices(client)[0][1]

    talk(scenario)


def test_what_is_too_long_to_be_assessed_counts_as_danger() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        failed = await client.expect("turn_failed", await client.say("x" * 10_001))
        assert failed.turn_failed.reason == "too_long"
        assert [(level, bool(names)) for level, names in notices(client)] == [(ELEVATED, True)]
        assert not platform.ports.risks.calls

    talk(scenario)


def test_nothing_is_no_danger() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        await client.expect("turn_failed", await client.say("  "))
        assert not notices(client)

    talk(scenario)


async def _busy(platform: Platform, client: Client) -> None:
    """One turn runs for a minute, and three wait."""
    platform.ports.responder.delay = 5
    await client.expect("turn_started", await client.say("first"))
    for _ in range(3):
        await client.say("waiting")


def test_refused_words_are_looked_at_without_holding_up_what_comes_next() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        await _busy(platform, client)
        platform.ports.risks.delay = 2
        before = platform.clock.monotonic()
        harmless, risky = await client.say("I feel low"), await client.say("danger")
        for turn_id in (harmless, risky):
            assert (await client.expect("turn_failed", turn_id)).turn_failed.reason == "busy"
        assert platform.clock.monotonic() == before
        told = (await client.expect("safety", risky)).safety.safety
        assert told.level == HIGH
        assert told.helplines
        assert not client.of("safety", harmless)

    talk(scenario)


def test_more_refused_words_than_can_be_looked_at_count_as_danger() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        await _busy(platform, client)
        platform.ports.risks.delay = 2
        refused = [await client.say("I feel low") for _ in range(10)]
        for turn_id in refused:
            await client.expect("turn_failed", turn_id)
        assert (await client.expect("safety", refused[-1])).safety.safety.level == ELEVATED
        assert not client.of("safety", refused[0])

    talk(scenario)


def test_refused_words_are_still_looked_at_when_the_client_has_hung_up() -> None:
    async def scenario(platform: Platform, client: Client) -> None:
        await _busy(platform, client)
        risky = await client.say("danger")
        await client.expect("turn_failed", risky)
        async with asyncio.timeout(timedelta(minutes=5).total_seconds()):
            await client.hang_up()
            await client.received()
        assert client.of("safety", risky)

    talk(scenario)


def test_highest_risk_is_the_gravest_kind_at_the_highest_level() -> None:
    past = [
        Safety(level=HIGH, kind=ABUSE),
        Safety(level=HIGH, kind=SUICIDE),
        Safety(level=HIGH),
        Safety(level=ELEVATED, kind=SUICIDE),
        Safety(level=NONE),
    ]
    assert highest_risk(past) == HIGH_SUICIDE
    assert highest_risk(past[2:]) == rag_pb2.RiskAssessment(level=HIGH)
    assert highest_risk([Safety(level=NONE), Safety()]) is None
    assert highest_risk([]) is None
