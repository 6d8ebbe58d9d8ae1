"""Too many failures: windows in Redis and in process behave alike, and Redis may be away."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from redis.asyncio import Redis

from voicecbt.auth.throttle import SignInThrottle, ThrottlePolicy
from voicecbt.auth.windows import Limit, LocalWindows, RedisWindows, WindowsAway
from voicecbt.kit.errors import ResourceExhausted, Unauthenticated, Unavailable
from voicecbt.kit.local.ports import free_port
from voicecbt.stubs.auth.v1 import auth_pb2

pytestmark = pytest.mark.integration

NOW = datetime(2026, 5, 1, tzinfo=UTC)
WINDOW = timedelta(minutes=15)


@pytest.fixture(params=["redis", "local"])
async def windows(request, redis_url):
    if request.param == "local":
        yield LocalWindows()
        return
    shared = RedisWindows(redis_url)
    yield shared
    await shared.close()


@pytest.fixture
def limit():
    return Limit(f"test:{uuid.uuid4()}", 3, WINDOW)


async def waits(windows, limits, moments):
    return [await windows.admit(limits, uuid.uuid4().hex, NOW + moment) for moment in moments]


async def test_a_window_slides(windows, limit):
    minutes = [timedelta(minutes=minute) for minute in (0, 1, 2, 3, 14, 15, 15, 16, 16)]
    expected = [timedelta(minutes=wait) for wait in (0, 0, 0, 12, 1, 0, 1, 0, 1)]
    assert await waits(windows, [limit], minutes) == expected


async def test_a_refused_attempt_is_counted_nowhere(windows, limit):
    wide = Limit(f"test:{uuid.uuid4()}", 4, WINDOW)
    await waits(windows, [limit], [timedelta()] * 3)
    assert all(await waits(windows, [limit, wide], [timedelta()] * 10))
    assert not any(await waits(windows, [wide], [timedelta()] * 4))


async def test_an_attempt_can_be_taken_back_and_a_key_cleared(windows, limit):
    await waits(windows, [limit], [timedelta()] * 2)
    await windows.admit([limit], "mine", NOW)
    assert await windows.admit([limit], "more", NOW)
    await windows.forget([limit.key], "mine")
    assert not await windows.admit([limit], "more", NOW)
    await windows.clear(limit.key)
    assert not any(await waits(windows, [limit], [timedelta()] * 3))


async def test_parallel_attempts_cannot_outrun_the_count(windows, limit):
    results = await asyncio.gather(*(windows.admit([limit], uuid.uuid4().hex, NOW) for _ in range(50)))
    assert sum(not wait for wait in results) == 3


async def test_redis_that_is_away_is_said_to_be():
    away = RedisWindows(f"redis://127.0.0.1:{free_port()}")
    with pytest.raises(WindowsAway):
        await away.admit([Limit("k", 1, WINDOW)], "a", NOW)
    with pytest.raises(WindowsAway):
        await away.clear("k")
    await away.close()


async def attempt(throttle, email, peer, outcome=None):
    async with throttle.sign_in(email, peer):
        if outcome:
            raise outcome


WRONG = Unauthenticated("SIGN_IN_REFUSED", "wrong")


async def fail_at(throttle, email, peer):
    with pytest.raises(Unauthenticated):
        await attempt(throttle, email, peer, WRONG)


@pytest.fixture(params=["redis", "away"])
async def throttle(request, redis_url):
    shared = RedisWindows(redis_url if request.param == "redis" else f"redis://127.0.0.1:{free_port()}")
    key = uuid.uuid4().bytes
    yield SignInThrottle(shared, LocalWindows(), ThrottlePolicy(2, 5, WINDOW), key, lambda: NOW)
    await shared.close()


async def test_failures_are_counted_per_email_with_and_without_redis(throttle):
    for _ in range(2):
        await fail_at(throttle, "ada@example.org", "203.0.113.9")
    with pytest.raises(ResourceExhausted):
        await attempt(throttle, "ada@example.org", "198.51.100.7")
    await attempt(throttle, "grace@example.org", "203.0.113.9")


async def test_failures_are_counted_per_address_with_and_without_redis(throttle):
    for number in range(5):
        await fail_at(throttle, f"person{number}@example.org", "203.0.113.9")
    with pytest.raises(ResourceExhausted):
        await attempt(throttle, "grace@example.org", "203.0.113.9")
    await attempt(throttle, "grace@example.org", "198.51.100.7")


async def test_success_is_not_counted(throttle):
    for _ in range(10):
        await attempt(throttle, "grace@example.org", "203.0.113.9")


async def test_a_success_forgives_the_person_but_not_the_address(throttle):
    for _ in range(5):
        await fail_at(throttle, "ada@example.org", "203.0.113.9")
        await attempt(throttle, "ada@example.org", "198.51.100.7")
    with pytest.raises(ResourceExhausted):
        await attempt(throttle, "grace@example.org", "203.0.113.9")


async def test_our_own_outage_is_nobodys_failure(throttle):
    for _ in range(10):
        with pytest.raises(Unavailable):
            await attempt(throttle, "ada@example.org", "203.0.113.9", Unavailable("the database is away"))
    await attempt(throttle, "ada@example.org", "203.0.113.9")


async def test_a_caller_who_leaves_stays_counted(throttle):
    for _ in range(2):
        with pytest.raises(asyncio.CancelledError):
            await attempt(throttle, "ada@example.org", "203.0.113.9", asyncio.CancelledError())
    with pytest.raises(ResourceExhausted):
        await attempt(throttle, "ada@example.org", "203.0.113.9")


async def test_redis_holds_neither_emails_nor_addresses(redis_url):
    shared = RedisWindows(redis_url)
    throttle = SignInThrottle(shared, LocalWindows(), ThrottlePolicy(9, 9, WINDOW), bytes(32), lambda: NOW)
    await fail_at(throttle, "ada@example.org", "203.0.113.9")
    async with Redis.from_url(redis_url) as redis:
        keys = b" ".join(await redis.keys("*"))
    assert b"{voicecbt.auth.attempts}" in keys
    assert b"example.org" not in keys
    assert b"203.0.113" not in keys
    await shared.close()


def retry_after(error):
    status = status_pb2.Status.FromString(dict(error.trailing_metadata())["grpc-status-details-bin"])
    info = error_details_pb2.RetryInfo()
    assert status.details[0].Unpack(info)
    return info.retry_delay.ToTimedelta()


async def fail(auth, email, address):
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await auth.sign_in(email, "not the password", **{"x-forwarded-for": address})
    return refused.value


async def test_an_email_is_closed_after_too_many_failures_and_opens_again(auth, clock):
    person = await auth.register()
    for host in range(10):
        error = await fail(auth, person.email.upper(), f"203.0.113.{host}")
        assert error.code() is grpc.StatusCode.UNAUTHENTICATED
    error = await fail(auth, person.email, "203.0.113.99")
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert timedelta(0) < retry_after(error) <= WINDOW
    with pytest.raises(grpc.aio.AioRpcError):
        await auth.sign_in(person.email)
    clock.offset = WINDOW + timedelta(seconds=1)
    assert (await auth.sign_in(person.email)).profile == person.profile


async def test_unknown_emails_are_counted_alike(auth):
    email = f"{uuid.uuid4().hex}@example.org"
    codes = [(await fail(auth, email, f"203.0.113.{host}")).code() for host in range(11)]
    assert codes == [grpc.StatusCode.UNAUTHENTICATED] * 10 + [grpc.StatusCode.RESOURCE_EXHAUSTED]


async def test_success_forgives_earlier_failures(auth):
    person = await auth.register()
    for _ in range(3):
        for _ in range(6):
            await fail(auth, person.email, "203.0.113.50")
        await auth.sign_in(person.email)


async def test_an_address_is_closed_after_too_many_failures_whatever_the_email(serve, settings, clock):
    narrow = settings.model_copy(update={"throttle_per_peer": 3})
    address = "198.51.100.23"
    async with serve(narrow, clock) as auth:
        person = await auth.register()
        for _ in range(3):
            await fail(auth, f"{uuid.uuid4().hex}@example.org", address)
        assert (await fail(auth, person.email, address)).code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert (await auth.sign_in(person.email, **{"x-forwarded-for": "198.51.100.24"})).profile == person.profile


async def test_guessing_who_has_an_account_by_registering_is_throttled(serve, settings, clock):
    narrow = settings.model_copy(update={"throttle_per_peer": 3})
    async with serve(narrow, clock) as auth:
        person = await auth.register()
        codes = []
        for _ in range(4):
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await auth.register(person.email)
            codes.append(refused.value.code())
    assert codes == [grpc.StatusCode.ALREADY_EXISTS] * 3 + [grpc.StatusCode.RESOURCE_EXHAUSTED]


async def test_sign_in_works_while_redis_is_away(serve, settings, clock):
    away = settings.model_copy(update={"redis_url": type(settings.redis_url)(f"redis://127.0.0.1:{free_port()}")})
    async with serve(away, clock) as auth:
        person = await auth.register()
        assert (await auth.sign_in(person.email)).profile == person.profile
        for _ in range(10):
            await fail(auth, person.email, "203.0.113.77")
        assert (await fail(auth, person.email, "203.0.113.77")).code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_guessing_the_password_with_a_stolen_token_is_throttled(auth):
    person = await auth.register()
    codes = []
    for _ in range(11):
        request = auth_pb2.EraseAccountRequest(password="not the password")
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await auth.accounts.EraseAccount(request, metadata=person.metadata)
        codes.append(refused.value.code())
    assert codes == [grpc.StatusCode.UNAUTHENTICATED] * 10 + [grpc.StatusCode.RESOURCE_EXHAUSTED]
