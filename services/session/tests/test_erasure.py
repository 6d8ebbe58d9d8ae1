"""What an erased account sets off, on the stores in memory."""

import asyncio
from dataclasses import dataclass, field
from uuid import uuid4

import pytest

from voicecbt.kit.errors import NotFound
from voicecbt.session.domain import NewSession, SessionType
from voicecbt.session.erasure import Erasure
from voicecbt.session.testing.platform import Platform
from voicecbt.session.testing.virtual_time import run_virtually
from voicecbt.stubs.events.v1.events_pb2 import AccountErased, Event, MoodRecorded

pytestmark = pytest.mark.unit


@dataclass(slots=True)
class Erasing:
    platform: Platform = field(default_factory=Platform)
    forgotten: list[str] = field(default_factory=list)

    async def handle(self, event: Event) -> None:
        await Erasure(self.platform.sessions, self.forgotten.append).handle(event)


def test_person_key_and_all_are_forgotten_and_stay_so() -> None:
    async def scenario() -> None:
        erasing = Erasing()
        platform, person = erasing.platform, erasing.platform.user_id
        session = await platform.start()
        async with platform.talking(session) as client:
            await client.expect("turn_completed", await client.say("I feel low"))
            for _ in range(2):
                await erasing.handle(Event(user_id=str(person), account_erased=AccountErased()))
            assert client.ending is not None
            await asyncio.wait_for(client.ending, timeout=60)
        assert not platform.store.turns
        assert erasing.forgotten == [str(person)] * 2
        with pytest.raises(NotFound):
            await platform.sessions.start(person, NewSession("new", SessionType.TEXT), platform.clock.now())

    run_virtually(scenario())


@pytest.mark.parametrize(
    "event",
    [Event(user_id=str(uuid4()), mood_recorded=MoodRecorded()), Event(user_id="?", account_erased=AccountErased())],
    ids=["another kind", "nobody"],
)
def test_events_that_erase_nobody(event: Event) -> None:
    async def scenario() -> None:
        erasing = Erasing()
        session = await erasing.platform.start()
        await erasing.handle(event)
        assert not erasing.forgotten
        assert await erasing.platform.sessions.get(erasing.platform.user_id, session.session_id)

    run_virtually(scenario())
