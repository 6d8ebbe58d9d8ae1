"""Sliding windows: how many attempts each of some keys saw lately. In Redis for all replicas, or in this process."""

import math
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

REDIS_TIMEOUT_SECONDS = 0.25  # a Redis that hangs must not hold up a sign-in by more
MAX_LOCAL_KEYS = 50_000  # about 20 MB; beyond it the keys seen longest ago are forgotten


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `attempts` for `key` in any `window`."""

    key: str
    attempts: int
    window: timedelta


class WindowsAway(Exception):
    """The store of the windows does not answer."""


class Windows(Protocol):
    """Where attempts are counted."""

    async def admit(self, limits: Sequence[Limit], attempt: str, now: datetime) -> timedelta:
        """Counts the attempt against every limit and returns zero; or, if any is used up, counts it against none
        and returns how long until it would be let in."""

    async def forget(self, keys: Sequence[str], attempt: str) -> None:
        """Takes the attempt back from `keys`."""

    async def clear(self, key: str) -> None:
        """Forgets every attempt of `key`."""


# One script, so that parallel attempts cannot pass a limit between the look and the count. KEYS: one sorted set per
# limit. ARGV: now (ms), attempt id, then attempts and window (ms) of each limit. Returns the wait in ms, 0 = let in.
ADMIT = """
local now, wait = tonumber(ARGV[1]), 0
for i, key in ipairs(KEYS) do
  local attempts, window = tonumber(ARGV[2 * i + 1]), tonumber(ARGV[2 * i + 2])
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window)
  if redis.call('ZCARD', key) >= attempts then
    local oldest = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
    wait = math.max(wait, tonumber(oldest[2]) + window - now)
  end
end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do
  redis.call('ZADD', key, now, ARGV[2])
  redis.call('PEXPIRE', key, ARGV[2 * i + 2])
end
return 0
"""


class RedisWindows:
    """Windows that all replicas share. Every method raises WindowsAway when Redis does not answer in time."""

    def __init__(self, redis_url: str) -> None:
        self._redis = Redis.from_url(
            redis_url,
            socket_timeout=REDIS_TIMEOUT_SECONDS,
            socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 1),  # once: for a connection that died since its last use
        )
        self._admit = self._redis.register_script(ADMIT)

    async def admit(self, limits: Sequence[Limit], attempt: str, now: datetime) -> timedelta:
        """See Windows."""
        arguments: list[str | int] = [_ms(now), attempt]
        for limit in limits:
            arguments += [limit.attempts, math.ceil(limit.window.total_seconds() * 1000)]
        try:
            wait = await self._admit([limit.key for limit in limits], arguments)
        except (RedisError, OSError) as error:
            raise WindowsAway(type(error).__name__) from None
        return timedelta(milliseconds=int(wait))

    async def forget(self, keys: Sequence[str], attempt: str) -> None:
        """See Windows."""
        try:
            for key in keys:
                await self._redis.zrem(key, attempt)
        except (RedisError, OSError) as error:
            raise WindowsAway(type(error).__name__) from None

    async def clear(self, key: str) -> None:
        """See Windows."""
        try:
            await self._redis.delete(key)
        except (RedisError, OSError) as error:
            raise WindowsAway(type(error).__name__) from None

    async def close(self) -> None:
        """Closes the connections."""
        await self._redis.aclose()


class LocalWindows:
    """Windows of this process alone."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, deque[tuple[datetime, str]]] = OrderedDict()

    async def admit(self, limits: Sequence[Limit], attempt: str, now: datetime) -> timedelta:
        """See Windows."""
        wait = max((self._wait(limit, now) for limit in limits), default=timedelta())
        if wait <= timedelta():
            for limit in limits:
                self._window(limit.key).append((now, attempt))
        return wait

    async def forget(self, keys: Sequence[str], attempt: str) -> None:
        """See Windows."""
        for key in keys:
            self._seen[key] = deque(entry for entry in self._window(key) if entry[1] != attempt)

    async def clear(self, key: str) -> None:
        """See Windows."""
        self._seen.pop(key, None)

    def _wait(self, limit: Limit, now: datetime) -> timedelta:
        window = self._window(limit.key)
        while window and window[0][0] <= now - limit.window:
            window.popleft()
        return window[0][0] + limit.window - now if len(window) >= limit.attempts else timedelta()

    def _window(self, key: str) -> deque[tuple[datetime, str]]:
        window = self._seen.setdefault(key, deque())
        self._seen.move_to_end(key)
        if len(self._seen) > MAX_LOCAL_KEYS:
            self._seen.popitem(last=False)
        return window


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
