"""Argon2id off the event loop, in a bounded pool with a bounded queue."""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from voicecbt.auth.password_policy import normal_password
from voicecbt.kit.errors import Unavailable

Result = TypeVar("Result")

BUSY_RETRY = timedelta(seconds=2)  # a full queue drains in about this time


@dataclass(frozen=True, slots=True)
class Argon2Cost:
    """What one hash costs. The defaults are the minimum of OWASP's Password Storage Cheat Sheet."""

    memory_kib: int = 19 * 1024
    iterations: int = 2
    parallelism: int = 1


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password was right, and whether its hash was made at another cost than today's."""

    matches: bool
    stale: bool


class PasswordHashing:
    """Hashes and checks passwords. One hash holds a core for tens of milliseconds and `memory_kib` of memory.

    At most `workers` run at once and `max_waiting` wait; beyond that callers get Unavailable rather than a
    queue that only grows.
    """

    def __init__(self, cost: Argon2Cost, workers: int, max_waiting: int) -> None:
        self._hasher = PasswordHasher(cost.iterations, cost.memory_kib, cost.parallelism)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="argon2")
        self._limit = workers + max_waiting
        self._pending = 0
        self._decoy = self._hasher.hash(secrets.token_urlsafe())

    async def hash(self, password: str) -> str:
        """The encoded hash, with its parameters and salt inside."""
        return await self._off_loop(lambda: self._hasher.hash(normal_password(password)))

    async def verify(self, password: str, encoded: str | None) -> Verdict:
        """Checks a password. Without a hash (nobody has that email) the same work is done for nothing."""
        return await self._off_loop(lambda: self._verdict(password, encoded))

    def close(self) -> None:
        """Lets running hashes finish and drops the waiting ones."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _verdict(self, password: str, encoded: str | None) -> Verdict:
        try:
            self._hasher.verify(encoded or self._decoy, normal_password(password))
        except (VerificationError, InvalidHashError):
            return Verdict(matches=False, stale=False)
        stale = encoded is not None and self._hasher.check_needs_rehash(encoded)
        return Verdict(matches=encoded is not None, stale=stale)

    async def _off_loop(self, work: Callable[[], Result]) -> Result:
        if self._pending >= self._limit:
            raise Unavailable("too many people are signing in at this moment; try again shortly", BUSY_RETRY)
        self._pending += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._pending -= 1
