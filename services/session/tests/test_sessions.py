"""The use cases around sessions, and the sweep, against the stores in memory."""

from datetime import timedelta
from uuid import uuid4

import pytest

from voicecbt.kit.errors import NotFound
from voicecbt.session.converters import from_start, to_session
from voicecbt.session.domain import NewSession, SessionStatus, SessionType
from voicecbt.session.idle_sessions import IdleSessions
from voicecbt.session.sessions import Sessions
from voicecbt.session.testing.platform import Platform
from voicecbt.session.testing.virtual_time import run_virtually
from voicecbt.stubs.session.v1 import session_pb2 as pb

pytestmark = pytest.mark.unit

NEW = NewSession("key", SessionType.TEXT, ("sleep better",))


def use_cases(platform: Platform) -> Sessions:
    return Sessions(platform.sessions, platform.turns, platform.conversations, platform.clock)


def test_same_key_gives_the_same_session_but_only_to_the_same_person() -> None:
    async def scenario() -> None:
        sessions, person = use_cases(Platform()), uuid4()
        first = await sessions.start(person, NEW)
        assert await sessions.start(person, NEW) == first
        assert (await sessions.start(uuid4(), NEW)).session_id != first.session_id

    run_virtually(scenario())


def test_ending_twice_changes_nothing() -> None:
    async def scenario() -> None:
        sessions, person = use_cases(Platform()), uuid4()
        session = await sessions.start(person, NEW)
        ended = await sessions.end(person, session.session_id)
        assert ended.status is SessionStatus.ENDED
        assert ended.duration == timedelta(0)
        assert await sessions.end(person, session.session_id) == ended

    run_virtually(scenario())


def test_unknown_and_somebody_elses_look_the_same() -> None:
    async def scenario() -> None:
        sessions, person = use_cases(Platform()), uuid4()
        session = await sessions.start(person, NEW)
        for session_id in (session.session_id, uuid4()):
            with pytest.raises(NotFound, match="session"):
                await sessions.get(uuid4(), session_id)
            with pytest.raises(NotFound, match="session"):
                await sessions.end(uuid4(), session_id)
            with pytest.raises(NotFound, match="turn"):
                await sessions.rate(uuid4(), session_id, uuid4(), 5)

    run_virtually(scenario())


def test_only_the_idle_are_swept_as_of_when_they_were_last_heard_of() -> None:
    async def scenario() -> None:
        platform = Platform()
        idle, lively = await platform.start(), await platform.start()
        now = platform.clock.now()
        platform.store.touched[idle.session_id] = now - timedelta(minutes=31)
        platform.store.touched[lively.session_id] = now - timedelta(minutes=29)
        assert await IdleSessions(platform.sessions, platform.clock, timedelta(minutes=30)).sweep() == 1
        swept = platform.store.sessions[idle.session_id]
        assert swept.end_time == now - timedelta(minutes=31)
        assert platform.store.sessions[lively.session_id].status is SessionStatus.ACTIVE

    run_virtually(scenario())


@pytest.mark.parametrize("kind", ["SESSION_TYPE_UNSPECIFIED", "SESSION_TYPE_VOICE", "SESSION_TYPE_TEXT"])
def test_requests_become_sessions_and_sessions_messages(kind: str) -> None:
    async def scenario() -> None:
        request = pb.StartSessionRequest(idempotency_key="k", session_type=kind, therapeutic_goals=["a", "b"])
        session = await use_cases(Platform()).start(uuid4(), from_start(request))
        message = to_session(session)
        expected = "SESSION_TYPE_TEXT" if kind.endswith("TEXT") else "SESSION_TYPE_VOICE"
        assert pb.SessionType.Name(message.session_type) == expected
        assert list(message.therapeutic_goals) == ["a", "b"]
        assert not message.HasField("end_time")

    run_virtually(scenario())
