"""Refresh tokens: rotation, reuse, parallel use, sign-out, expiry."""

import asyncio
import hashlib
from datetime import timedelta

import grpc
import pytest
from sqlalchemy import text

from voicecbt.auth.upkeep import Upkeep
from voicecbt.stubs.auth.v1 import auth_pb2

pytestmark = pytest.mark.integration


async def is_refused(auth, refresh_token):
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await auth.refresh(refresh_token)
    return refused.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def actions_about(auth, person):
    events = (await auth.audit_events()).events
    return [event.action for event in events if event.subject == person.profile.user_id]


async def test_each_refresh_gives_a_new_pair_of_the_same_sign_in(auth):
    person = await auth.register()
    tokens = person.tokens
    for _ in range(3):
        fresh = await auth.refresh(tokens.refresh_token)
        assert fresh.refresh_token != tokens.refresh_token
        tokens = fresh
    assert (await auth.profile((("authorization", f"Bearer {tokens.access_token}"),))).email == person.email


async def test_only_a_hash_of_the_token_is_stored(auth):
    token = (await auth.register()).tokens.refresh_token
    async with auth.database.transaction() as session:
        rows = (await session.execute(text("SELECT * FROM auth.refresh_tokens"))).mappings().all()
    stored = repr([dict(row) for row in rows])
    assert token not in stored
    assert hashlib.sha256(token.encode()).digest() in [row["token_hash"] for row in rows]


async def test_using_a_token_twice_ends_the_whole_sign_in_and_is_audited(auth):
    person = await auth.register()
    second = await auth.refresh(person.tokens.refresh_token)
    third = await auth.refresh(second.refresh_token)
    assert await is_refused(auth, person.tokens.refresh_token)
    assert await is_refused(auth, third.refresh_token)
    assert (await actions_about(auth, person)).count("refresh.reused") == 1


async def test_another_sign_in_of_the_same_person_is_not_touched_by_reuse(auth):
    person = await auth.register()
    elsewhere = (await auth.sign_in(person.email)).tokens
    await auth.refresh(person.tokens.refresh_token)
    assert await is_refused(auth, person.tokens.refresh_token)
    assert (await auth.refresh(elsewhere.refresh_token)).access_token


async def test_of_parallel_refreshes_with_one_token_exactly_one_succeeds_and_the_family_ends(auth):
    person = await auth.register()
    calls = [auth.refresh(person.tokens.refresh_token) for _ in range(8)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    won = [result for result in results if isinstance(result, auth_pb2.Tokens)]
    lost = [result for result in results if isinstance(result, grpc.aio.AioRpcError)]
    assert len(won) == 1
    assert {error.code() for error in lost} == {grpc.StatusCode.UNAUTHENTICATED}
    assert await is_refused(auth, won[0].refresh_token)


async def test_reuse_of_an_old_token_while_the_newest_is_exchanged_leaves_nothing_alive(auth):
    for _ in range(5):
        person = await auth.register()
        newest = await auth.refresh(person.tokens.refresh_token)
        calls = [auth.refresh(newest.refresh_token), auth.refresh(person.tokens.refresh_token)]
        results = await asyncio.gather(*calls, return_exceptions=True)
        for result in results:
            if isinstance(result, auth_pb2.Tokens):
                assert await is_refused(auth, result.refresh_token)


async def test_signing_out_ends_the_family_and_may_be_repeated(auth):
    person = await auth.register()
    tokens = await auth.refresh(person.tokens.refresh_token)
    for _ in range(2):
        await auth.accounts.SignOut(auth_pb2.SignOutRequest(refresh_token=tokens.refresh_token))
    assert await is_refused(auth, tokens.refresh_token)
    assert (await actions_about(auth, person)).count("signout.succeeded") == 1
    assert "refresh.reused" not in await actions_about(auth, person)


async def test_signing_out_with_an_unknown_token_says_nothing(auth):
    await auth.accounts.SignOut(auth_pb2.SignOutRequest(refresh_token="unknown"))
    await auth.accounts.SignOut(auth_pb2.SignOutRequest())


async def test_an_expired_or_unknown_token_is_refused(auth, clock):
    person = await auth.register()
    clock.offset = timedelta(days=7, seconds=1)
    assert await is_refused(auth, person.tokens.refresh_token)
    assert await is_refused(auth, "unknown")


async def test_a_token_lives_seven_days_from_its_own_issue(auth, clock):
    tokens = (await auth.register()).tokens
    for days in (6, 12, 18):
        clock.offset = timedelta(days=days)
        tokens = await auth.refresh(tokens.refresh_token)


async def test_expired_sign_ins_are_deleted(auth, clock):
    gone, kept = await auth.register(), await auth.register()
    clock.offset = timedelta(days=6)
    fresh = await auth.refresh(kept.tokens.refresh_token)
    clock.offset = timedelta(days=8, hours=1)
    assert await Upkeep(auth.database, clock).sweep() >= 1
    async with auth.database.transaction() as session:
        query = text("SELECT user_id::text FROM auth.token_families")
        left = set((await session.scalars(query)).all())
    assert kept.profile.user_id in left
    assert gone.profile.user_id not in left
    assert (await auth.refresh(fresh.refresh_token)).access_token
