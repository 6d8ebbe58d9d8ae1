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
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from prometheus_client import Counter

from voicecbt.kit.errors import ResourceExhausted

from .clock import Clock
from .windows import Limit, LocalWindows, RedisWindows, WindowsAway

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
    """One counted attempt. `person` is the key that a success clears, empty when there is none."""

    id: str
    person: str
    shared: Sequence[str]


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

    async def admit_sign_in(self, email: str, peer: str) -> Attempt:
        """Counts an attempt to sign in. ResourceExhausted with the time to wait if there were too many."""
        person, place = self._key("email", email), self._key("peer", peer)
        limits = [
            Limit(person, self._policy.per_email, self._policy.window),
            Limit(place, self._policy.per_peer, self._policy.window),
        ]
        return await self._admit("sign_in", Attempt(uuid.uuid4().hex, person, [place]), limits)

    async def admit_registration(self, peer: str) -> Attempt:
        """Counts an attempt to register. ResourceExhausted likewise."""
        place = self._key("registering peer", peer)
        limits = [Limit(place, self._policy.per_peer, self._policy.window)]
        return await self._admit("registration", Attempt(uuid.uuid4().hex, "", [place]), limits)

    async def forgive(self, attempt: Attempt) -> None:
        """The attempt was right: the person's failures are forgotten, and the peer is as it was before."""
        if attempt.person:
            await self._local.clear(attempt.person)
            await _if_there(self._shared.clear(attempt.person))
        await self._local.forget(attempt.shared, attempt.id)
        await _if_there(self._shared.forget(attempt.shared, attempt.id))

    async def _admit(self, kind: str, attempt: Attempt, limits: Sequence[Limit]) -> Attempt:
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
        return attempt

    def _key(self, kind: str, value: str) -> str:
        digest = hmac.new(self._hash_key, f"{kind}\0{value}".encode(), hashlib.sha256).hexdigest()
        return f"{PREFIX}:{digest}"


async def _if_there(change: Awaitable[None]) -> None:
    """Without Redis a forgiven attempt stays counted there until its window has passed: strict, and harmless."""
    try:
        await change
    except WindowsAway as error:
        log.warning("a sign-in attempt could not be taken back", cause=str(error))
