"""Ending a session while somebody talks in it, on virtual time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from voicecbt.kit.errors import NotFound
from voicecbt.session.conversations import Conversations
from voicecbt.session.domain import Session, SessionStatus
from voicecbt.session.sessions import Sessions
from voicecbt.session.testing.platform import Platform
from voicecbt.session.testing.virtual_time import run_virtually

pytestmark = pytest.mark.unit


async def end(platform: Platform, session: Session, on: Conversations | None = None) -> Session:
    """EndSession, as it arrives at one of the replicas."""
    sessions = Sessions(platform.sessions, platform.turns, on or platform.conversations, platform.clock)
    return await sessions.end(platform.user_id, session.session_id)


@asynccontextmanager
async def watching(platform: Platform) -> AsyncIterator[None]:
    """The first replica follows what the others say."""
    task = asyncio.create_task(platform.conversations.live.watch(platform.leases))
    try:
        yield
    finally:
        task.cancel()


def test_quiet_conversation_ends_in_good_order() -> None:
    async def play() -> None:
        platform = Platform()
        session = await platform.start()
        async with platform.talking(session) as client:
            await client.expect("opened")
            assert (await end(platform, session)).status is SessionStatus.ENDED
            assert client.ending is not None
            await client.ending
            await client.received()
            assert client.kinds() == ["opened"]

    run_virtually(play())


def test_running_turn_is_finished_and_what_waits_is_told() -> None:
    async def play() -> None:
        platform = Platform()
        platform.ports.responder.delay = 1
        session = await platform.start()
        async with platform.talking(session) as client:
            running, waiting = await client.say("one"), await client.say("two")
            await client.expect("turn_started", running)
            await end(platform, session)
            assert client.ending is not None
            await client.ending
            await client.received()
            assert client.of("turn_completed", running)
            assert client.of("turn_failed", waiting)[0].turn_failed.reason == "session_ended"
        assert list(platform.store.turns) == [running]

    run_virtually(play())


def test_nothing_more_is_taken_in_after_the_end() -> None:
    async def play() -> None:
        platform = Platform()
        session = await platform.start()
        async with platform.talking(session) as client:
            await client.expect("opened")
            await end(platform, session)
            await asyncio.sleep(1)
            late = await client.say("too late")
            await asyncio.sleep(60)
            assert not [event for event in client.events if event.turn_id == str(late)]

    run_virtually(play())


def test_conversation_on_another_replica_ends_too() -> None:
    async def play() -> None:
        platform = Platform()
        session = await platform.start()
        elsewhere = platform.replica()
        async with watching(platform), platform.talking(session) as client:
            await client.expect("opened")
            await end(platform, session, on=elsewhere)
            assert client.ending is not None
            await client.ending
            assert platform.clock.monotonic() < 1

    run_virtually(play())


def test_end_that_nobody_tells_of_is_found_by_the_heartbeat() -> None:
    async def play() -> None:
        platform = Platform()
        session = await platform.start()
        async with platform.talking(session) as client:
            await client.expect("opened")
            await end(platform, session, on=platform.replica())
            assert client.ending is not None
            await client.ending
            assert platform.clock.monotonic() <= 15

    run_virtually(play())


def test_other_conversations_go_on() -> None:
    async def play() -> None:
        platform = Platform()
        session, other = await platform.start(), await platform.start()
        async with watching(platform), platform.talking(other) as client:
            await client.expect("opened")
            await end(platform, session)
            await asyncio.sleep(1)
            await client.expect("turn_completed", await client.say("still here"))

    run_virtually(play())


def test_stranger_cannot_end_anything() -> None:
    async def play() -> None:
        platform, stranger = Platform(), Platform()
        session = await platform.start()
        async with platform.talking(session) as client:
            await client.expect("opened")
            foreign = Sessions(platform.sessions, platform.turns, platform.conversations, platform.clock)
            with pytest.raises(NotFound):
                await foreign.end(stranger.user_id, session.session_id)
            await client.expect("turn_completed", await client.say("still here"))

    run_virtually(play())


def test_end_while_draining_is_still_the_end() -> None:
    async def play() -> None:
        platform = Platform()
        platform.ports.responder.delay = 1
        session = await platform.start()
        async with platform.talking(session) as client:
            await client.expect("turn_started", await client.say("one"))
            platform.draining.set()
            await end(platform, session)
            assert client.ending is not None
            await client.ending  # Without UNAVAILABLE: there is nothing to come back to.

    run_virtually(play())
