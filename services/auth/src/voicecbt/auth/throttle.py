"""How often somebody may be wrong.

Attempts are counted before the password is checked, so that parallel guesses cannot outrun the count, and taken back
when it was right. Failing open when Redis is away would invite whoever can overload Redis to guess passwords; failing
closed would lock everybody out. So each replica then counts for itself: with N replicas the limits are N times as
wide, and nobody is shut out.

A limit per email lets a stranger lock a person's sign-in for one window. That is the price of stopping guesses that
come from many addresses; sessions that exist are not touched.
"""

import hashlib
import hmac
import uuid
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog
from prometheus_client import Counter

from voicecbt.auth.clock import Clock
from voicecbt.auth.windows import Limit, LocalWindows, RedisWindows, WindowsAway
from voicecbt.kit.errors import ResourceExhausted, Unavailable

# The braces make one Redis Cluster slot of all keys, as the script that sees two of them at once needs.
PREFIX = "{voicecbt.auth.attempts}"

log = structlog.get_logger(__name__)
refused = Counter("voice_cbt_sign_in_throttled_total", "Attempts refused because there were too many", ["kind"])
local_only = Counter("voice_cbt_sign_in_throttle_local_total", "Attempts counted in this process: Redis was away")


@dataclass(frozen=True, slots=True)
class ThrottlePolicy:
    """Failures allowed in any `window`. `per_peer` is wide: a clinic or a school shares one address."""

    per_email: int
    per_peer: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class Attempt:
    """One counted attempt, and the keys that it counts for."""

    id: str
    keys: Sequence[str]


class SignInThrottle:
    """Counts attempts per email and per peer. Keys are keyed hashes: Redis never holds an email or an address."""

    def __init__(
        self, shared: RedisWindows, local: LocalWindows, policy: ThrottlePolicy, hash_key: bytes, clock: Clock
    ) -> None:
        self._shared = shared
        self._local = local
        self._policy = policy
        self._hash_key = hash_key
        self._clock = clock

    @asynccontextmanager
    async def sign_in(self, email: str, peer: str) -> AsyncIterator[None]:
        """Around the check of a password. ResourceExhausted with the time to wait if there were too many failures."""
        person, place = self._key("email", email), self._key("peer", peer)
        limits = [
            Limit(person, self._policy.per_email, self._policy.window),
            Limit(place, self._policy.per_peer, self._policy.window),
        ]
        async with self._counted("sign_in", Attempt(uuid.uuid4().hex, [person, place]), limits):
            yield
        await self._take_back(self._local.clear(person), self._shared.clear(person))

    @asynccontextmanager
    async def registration(self, peer: str) -> AsyncIterator[None]:
        """Around a registration, whose refusal tells who has an account. ResourceExhausted likewise."""
        place = self._key("registering peer", peer)
        limits = [Limit(place, self._policy.per_peer, self._policy.window)]
        async with self._counted("registration", Attempt(uuid.uuid4().hex, [place]), limits):
            yield

    @asynccontextmanager
    async def _counted(self, kind: str, attempt: Attempt, limits: Sequence[Limit]) -> AsyncIterator[None]:
        """What raises stays counted, also a caller who leaves; but not that some store of ours was away."""
        await self._admit(kind, attempt, limits)
        try:
            yield
        except Unavailable:
            await self._forget(attempt)
            raise
        await self._forget(attempt)

    async def _forget(self, attempt: Attempt) -> None:
        await self._take_back(
            self._local.forget(attempt.keys, attempt.id), self._shared.forget(attempt.keys, attempt.id)
        )

    async def _admit(self, kind: str, attempt: Attempt, limits: Sequence[Limit]) -> None:
        now = self._clock()
        try:
            wait = await self._shared.admit(limits, attempt.id, now)
        except WindowsAway as error:
            local_only.inc()
            log.warning("sign-in attempts counted in this process only", cause=str(error))
            wait = await self._local.admit(limits, attempt.id, now)
        if wait > timedelta():
            refused.labels(kind=kind).inc()
            raise ResourceExhausted("too many attempts; wait a while and try again", wait)

    @staticmethod
    async def _take_back(local: Awaitable[None], shared: Awaitable[None]) -> None:
        """Without Redis an attempt stays counted there until its window has passed: strict, and harmless."""
        await local
        try:
            await shared
        except WindowsAway as error:
            log.warning("a sign-in attempt could not be taken back", cause=str(error))

    def _key(self, kind: str, value: str) -> str:
        digest = hmac.new(self._hash_key, f"{kind}\0{value}".encode(), hashlib.sha256).hexdigest()
        return f"{PREFIX}:{digest}"
