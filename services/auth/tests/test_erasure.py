"""Erasing an account destroys the key and the sign-ins, empties the row, and tells the others."""

import asyncio

import grpc
import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from voicecbt.auth.domain import Role
from voicecbt.stubs.auth.v1 import auth_pb2
from voicecbt.stubs.events.v1 import events_pb2

pytestmark = pytest.mark.integration


async def erase(auth, person, password=None):
    request = auth_pb2.EraseAccountRequest(password=password or person.password)
    await auth.accounts.EraseAccount(request, metadata=person.metadata)


async def code_of(call):
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call
    return refused.value.code()


async def row_of(auth, person):
    async with auth.database.transaction() as session:
        query = text("SELECT * FROM auth.users WHERE id = CAST(:id AS uuid)")
        return (await session.execute(query, {"id": person.profile.user_id})).mappings().one()


async def test_the_data_key_is_the_same_until_it_is_destroyed(auth):
    person = await auth.register()
    user_id = person.profile.user_id
    keys = await asyncio.gather(*(auth.data_key(user_id) for _ in range(5)))
    assert len(set(keys)) == 1
    assert len(keys[0]) == 32
    assert keys[0] != await auth.data_key((await auth.register()).profile.user_id)
    await erase(auth, person)
    assert await code_of(auth.data_key(user_id)) is grpc.StatusCode.NOT_FOUND


async def test_nobody_has_no_data_key(auth):
    assert await code_of(auth.data_key("00000000-0000-4000-8000-000000000000")) is grpc.StatusCode.NOT_FOUND


async def test_the_stored_data_key_is_wrapped(auth):
    key = await auth.data_key((await auth.register()).profile.user_id)
    async with auth.database.transaction() as session:
        blobs = (await session.scalars(text("SELECT wrapped_key FROM auth.data_keys"))).all()
    assert all(key not in blob for blob in blobs)


async def test_an_erased_account_is_nobodys(auth):
    person = await auth.register(timezone="Europe/Paris", country="FR")
    profile = auth_pb2.Profile(user_id=person.profile.user_id, first_name="Marie", gender="female")
    await auth.accounts.UpdateProfile(auth_pb2.UpdateProfileRequest(profile=profile), metadata=person.metadata)
    await erase(auth, person)
    assert await code_of(auth.sign_in(person.email)) is grpc.StatusCode.UNAUTHENTICATED
    assert await code_of(auth.refresh(person.tokens.refresh_token)) is grpc.StatusCode.UNAUTHENTICATED
    assert await code_of(auth.profile(person.metadata)) is grpc.StatusCode.NOT_FOUND
    assert await code_of(erase(auth, person)) is grpc.StatusCode.NOT_FOUND
    row = await row_of(auth, person)
    assert not row["is_active"]
    for name in ("first_name", "last_name", "date_of_birth", "gender", "last_login"):
        assert row[name] is None
    assert (row["password_hash"], row["timezone"], row["country"], row["preferences"]) == ("", "", "", {})
    assert person.email not in repr(dict(row))


async def test_an_erased_email_can_register_again_as_somebody_else(auth):
    person = await auth.register()
    await erase(auth, person)
    again = await auth.register(person.email)
    assert again.profile.user_id != person.profile.user_id


async def test_a_stolen_access_token_alone_erases_nobody(auth):
    person = await auth.register()
    assert await code_of(erase(auth, person, "a guess at it")) is grpc.StatusCode.UNAUTHENTICATED
    assert (await auth.profile(person.metadata)).email == person.email


async def test_the_erasure_is_announced_once(auth, redis_url):
    person = await auth.register()
    await erase(auth, person)
    told, position = [], "0"
    async with Redis.from_url(redis_url) as redis, asyncio.timeout(20):
        while not told:
            entries = await _after(redis, position)
            position = entries[-1][0]
            events = [events_pb2.Event.FromString(fields[b"event"]) for _, fields in entries]
            told = [event for event in events if event.user_id == person.profile.user_id]
    assert [event.WhichOneof("payload") for event in told] == ["account_erased"]
    assert told[0].event_id and told[0].HasField("time")


async def test_erasing_takes_the_consents_along(auth):
    person, clinician = await auth.register(), await auth.someone_with(Role.CLINICIAN)
    request = auth_pb2.GrantConsentRequest(clinician_email=clinician.email, scopes=[auth_pb2.CONSENT_SCOPE_TRENDS])
    await auth.consents.GrantConsent(request, metadata=person.metadata)
    await erase(auth, person)
    listed = await auth.consents.ListConsents(auth_pb2.ListConsentsRequest(), metadata=clinician.metadata)
    assert not listed.consents


async def test_a_key_asked_for_while_erasing_does_not_come_back(auth):
    for _ in range(5):
        person = await auth.register()
        calls = [erase(auth, person), *(auth.data_key(person.profile.user_id) for _ in range(4))]
        await asyncio.gather(*calls, return_exceptions=True)
        assert await code_of(auth.data_key(person.profile.user_id)) is grpc.StatusCode.NOT_FOUND


async def _after(redis, position):
    """The entries of the stream after that one; waits for some."""
    ((_, entries),) = await redis.xread({"voicecbt.events": position}, block=10_000)
    return entries
