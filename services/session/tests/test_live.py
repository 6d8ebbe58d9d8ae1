"""How many conversations one person may have open, on virtual time."""

import asyncio
from contextlib import AsyncExitStack
from uuid import uuid4

import pytest

from voicecbt.kit.errors import Aborted, ResourceExhausted
from voicecbt.session.conversation.live import LiveConversations
from voicecbt.session.testing.platform import Client, Platform
from voicecbt.session.testing.virtual_time import run_virtually

pytestmark = pytest.mark.unit


def test_oldest_conversation_of_a_person_gives_way() -> None:
    async def scenario() -> None:
        platform = Platform(conversations_per_person=2)
        async with AsyncExitStack() as open_ones:
            clients: list[Client] = []
            for _ in range(3):
                client = await open_ones.enter_async_context(platform.talking(await platform.start()))
                await client.expect("opened")
                clients.append(client)
            oldest, *others = clients
            assert oldest.ending is not None
            with pytest.raises(Aborted, match="opened later"):
                await oldest.ending
            for client in others:
                await client.expect("turn_completed", await client.say("I feel low"))

    run_virtually(scenario())


def test_opening_a_session_again_costs_no_other_conversation() -> None:
    async def scenario() -> None:
        platform = Platform(conversations_per_person=2)
        first, second = await platform.start(), await platform.start()
        async with platform.talking(first) as kept, platform.talking(second) as left:
            await kept.expect("opened")
            await left.expect("opened")
            async with platform.talking(second) as again:
                await again.expect("turn_completed", await again.say("I feel low"))
                await kept.expect("turn_completed", await kept.say("I feel low"))

    run_virtually(scenario())


def test_streams_that_never_open_are_limited_too() -> None:
    async def scenario() -> None:
        platform = Platform(conversations_per_person=2)
        converse = platform.conversations.converse
        clients = [Client() for _ in range(3)]
        waiting = [
            asyncio.create_task(converse(platform.user_id, client.requests(), client.outgoing)) for client in clients
        ]
        with pytest.raises(ResourceExhausted, match="being opened"):
            await waiting[2]
        await asyncio.gather(*waiting, return_exceptions=True)
        async with platform.talking(await platform.start()) as client:
            await client.expect("opened")

    run_virtually(scenario())


def test_people_do_not_count_for_each_other() -> None:
    async def scenario() -> None:
        live = LiveConversations(1)
        with live.entered(uuid4(), uuid4(), uuid4()) as one, live.entered(uuid4(), uuid4(), uuid4()) as other:
            assert not one.superseded.is_set()
            assert not other.superseded.is_set()
        with live.opening(uuid4()), live.opening(uuid4()):
            pass

    run_virtually(scenario())
