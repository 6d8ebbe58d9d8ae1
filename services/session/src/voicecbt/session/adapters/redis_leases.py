"""ConversationLeases in Redis: a key names the conversation that has the session, a channel tells of each claim.

The channel makes a takeover immediate; the key, looked at with every heartbeat, finds one whose message was lost. A
message without a conversation says that the session is over.
"""

from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError

from voicecbt.session.ports import PortFailed

CHANNEL = "voicecbt.session.claims"
LEASE_SECONDS = 60  # Four heartbeats: one may be late without the session looking free.
TIMEOUT_SECONDS = 2.0
POLL_SECONDS = 1.0

KEEP = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1
"""
RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class RedisLeases:
    """Claims that all replicas see."""

    def __init__(self, redis_url: str) -> None:
        self._redis = Redis.from_url(
            redis_url, socket_connect_timeout=TIMEOUT_SECONDS, socket_timeout=TIMEOUT_SECONDS, decode_responses=True
        )
        self._keep = self._redis.register_script(KEEP)
        self._release = self._redis.register_script(RELEASE)

    async def claim(self, session_id: UUID, conversation_id: UUID) -> None:
        """See ConversationLeases."""
        with _asking():
            async with self._redis.pipeline(transaction=True) as pipeline:
                pipeline.set(_key(session_id), str(conversation_id), ex=LEASE_SECONDS)
                pipeline.publish(CHANNEL, f"{session_id} {conversation_id}")
                await pipeline.execute()

    async def keep(self, session_id: UUID, conversation_id: UUID) -> bool:
        """See ConversationLeases. A key that was lost with Redis is taken again."""
        with _asking():
            kept = await self._keep(keys=[_key(session_id)], args=[str(conversation_id), LEASE_SECONDS])
        return bool(kept)

    async def release(self, session_id: UUID, conversation_id: UUID) -> None:
        """See ConversationLeases."""
        with _asking():
            await self._release(keys=[_key(session_id)], args=[str(conversation_id)])

    async def end(self, session_id: UUID) -> None:
        """See ConversationLeases."""
        with _asking():
            await self._redis.publish(CHANNEL, f"{session_id} ")

    async def claims(self) -> AsyncGenerator[tuple[UUID, UUID | None], None]:
        """See ConversationLeases. Ends with PortFailed when Redis goes away."""
        with _asking():
            async with self._redis.pubsub(ignore_subscribe_messages=True) as subscription:
                await subscription.subscribe(CHANNEL)
                while True:
                    message = await subscription.get_message(timeout=POLL_SECONDS)
                    if message is not None:
                        session_id, _, conversation_id = str(message["data"]).partition(" ")
                        yield UUID(session_id), UUID(conversation_id) if conversation_id else None

    async def close(self) -> None:
        """Closes the connections."""
        await self._redis.aclose()


def _key(session_id: UUID) -> str:
    return f"voicecbt:session:{session_id}:conversation"


@contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        raise PortFailed("redis", type(error).__name__) from None
