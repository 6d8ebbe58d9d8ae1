"""Argon2id in its pool: right answers, equal work, a free event loop, a bounded queue."""

import asyncio

import pytest

from voicecbt.auth.password_hashing import Argon2Cost, PasswordHashing, Verdict
from voicecbt.kit.errors import Unavailable

pytestmark = pytest.mark.unit

PASSWORD = "correct horse battery staple"
HASHES = 6


@pytest.fixture
def hashing():
    pool = PasswordHashing(Argon2Cost(), workers=1, max_waiting=HASHES)
    yield pool
    pool.close()


async def test_the_right_password_matches_and_another_does_not(hashing):
    encoded = await hashing.hash(PASSWORD)
    assert encoded.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await hashing.verify(PASSWORD, encoded) == Verdict(matches=True, stale=False)
    assert await hashing.verify(PASSWORD + " ", encoded) == Verdict(matches=False, stale=False)


async def test_two_hashes_of_one_password_differ(hashing):
    assert await hashing.hash(PASSWORD) != await hashing.hash(PASSWORD)


async def test_a_hash_of_another_cost_is_stale(hashing):
    cheap = PasswordHashing(Argon2Cost(1024, 1, 1), workers=1, max_waiting=0)
    encoded = await cheap.hash(PASSWORD)
    cheap.close()
    assert await hashing.verify(PASSWORD, encoded) == Verdict(matches=True, stale=True)
    assert await hashing.verify("another one", encoded) == Verdict(matches=False, stale=False)


@pytest.mark.parametrize("encoded", [None, "", "rubbish", "$argon2id$rubbish"])
async def test_without_a_hash_nothing_matches(hashing, encoded):
    assert not (await hashing.verify(PASSWORD, encoded)).matches


async def test_the_work_is_the_same_for_somebody_unknown(hashing, monkeypatch):
    checked = []
    real = hashing._hasher.verify

    def noted(encoded, password):
        checked.append(encoded.rsplit("$", 2)[0])
        return real(encoded, password)

    monkeypatch.setattr(type(hashing._hasher), "verify", lambda _, encoded, password: noted(encoded, password))
    await hashing.verify(PASSWORD, await hashing.hash("another"))
    await hashing.verify(PASSWORD, None)
    assert len(checked) == 2
    assert checked[0] == checked[1]


async def test_the_event_loop_stays_free(hashing):
    """Counted against hashing on the loop itself, which lets it come round once a hash."""

    async def on_the_loop():
        for _ in range(HASHES):
            hashing._hasher.hash(PASSWORD)
            await asyncio.sleep(0)

    async def in_the_pool():
        for _ in range(HASHES):
            await hashing.hash(PASSWORD)

    blocked = await rounds_during(on_the_loop())
    free = await rounds_during(in_the_pool())
    assert free > 10 * blocked


async def test_a_full_queue_refuses_and_empties_again(hashing):
    calls = [hashing.hash(PASSWORD) for _ in range(HASHES + 4)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(isinstance(result, str) for result in results) == HASHES + 1
    assert sum(isinstance(result, Unavailable) for result in results) == 3
    assert await hashing.hash(PASSWORD)


async def test_a_caller_who_leaves_frees_the_place(hashing):
    for _ in range(3):
        calls = [asyncio.create_task(hashing.hash(PASSWORD)) for _ in range(HASHES)]
        await asyncio.sleep(0)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
    assert await hashing.hash(PASSWORD)


async def rounds_during(work):
    """How often the event loop came round until `work` was done."""
    task = asyncio.ensure_future(work)
    rounds = 0
    while not task.done():
        await asyncio.sleep(0)
        rounds += 1
    await task
    return rounds
