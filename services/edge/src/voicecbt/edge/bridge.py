"""One conversation: WebSocket messages to the session service's stream and back, with back-pressure both ways.

Nothing is buffered beyond a few messages: a slow service stops us from reading the socket, a slow client stops us from
reading the service. A client that does not read at all is cut off.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import grpc
from starlette.websockets import WebSocket, WebSocketDisconnect

from voicecbt.edge.closing import NORMAL, POLICY, RESTART, TRY_AGAIN_LATER, UNSUPPORTED_DATA, Closing, for_status
from voicecbt.edge.codecs import Codec
from voicecbt.edge.credentials import Credentials
from voicecbt.edge.turns import Turns
from voicecbt.stubs.session.v1 import session_pb2, session_pb2_grpc

if TYPE_CHECKING:
    Stub = session_pb2_grpc.SessionServiceAsyncStub

UPSTREAM_MESSAGES = 8  # 160 ms of 20 ms frames: evens out scheduling, and is not yet heard as delay.


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a conversation waits, in seconds."""

    # For the client's next message.
    idle: float
    # For the client to take a message of ours.
    stall: float


@dataclass(frozen=True, slots=True)
class Bridge:
    """Carries one conversation. Its socket is accepted already, and closed by whoever made it."""

    socket: WebSocket
    codec: Codec
    session_id: str
    patience: Patience
    turns: Turns
    # Set when the edge is told to stop.
    draining: asyncio.Event
    # None at the end.
    _requests: asyncio.Queue[session_pb2.ConverseRequest | None] = field(
        default_factory=lambda: asyncio.Queue(UPSTREAM_MESSAGES)
    )

    async def carry(self, stub: "Stub", person: Credentials) -> Closing:
        """Runs until either side ends it, and says how. A client that goes away cancels the call to the service."""
        call = stub.Converse(self._sent(), metadata=person.metadata())
        closing = Closing(NORMAL, "")  # The client went away.
        try:
            async with asyncio.TaskGroup() as parts:
                parts.create_task(self._receive())
                parts.create_task(self._send(call))
                parts.create_task(self._leave_when_draining())
        except* Closing as ends:
            closing = next(end for end in ends.exceptions if isinstance(end, Closing))
        except* WebSocketDisconnect:
            pass
        finally:
            call.cancel()
            self._end_requests()
        return closing

    async def _receive(self) -> None:
        await self._requests.put(self._checked_first(await self._next()))
        while True:
            await self._requests.put(await self._next())

    async def _next(self) -> session_pb2.ConverseRequest:
        try:
            async with asyncio.timeout(self.patience.idle):
                message = await self.socket.receive()
        except TimeoutError:
            raise Closing(NORMAL, "idle for too long") from None
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", NORMAL))
        request = self.codec.decode(message)
        if request.WhichOneof("request") is None:
            raise Closing(UNSUPPORTED_DATA, "the message is empty: it must be one of ConverseRequest's")
        return request

    def _checked_first(self, request: session_pb2.ConverseRequest) -> session_pb2.ConverseRequest:
        if request.WhichOneof("request") != "open":
            raise Closing(POLICY, "the first message must be `open`")
        if request.open.session_id.lower() != self.session_id.lower():
            raise Closing(POLICY, "open.session_id is not the session of this address")
        return request

    async def _sent(self) -> AsyncIterator[session_pb2.ConverseRequest]:
        while (request := await self._requests.get()) is not None:
            yield request

    def _end_requests(self) -> None:
        """gRPC reads on after a call that the service has ended, and cancelling such a call does not stop it."""
        if self._requests.full():
            self._requests.get_nowait()
        self._requests.put_nowait(None)

    async def _send(
        self, call: grpc.aio.StreamStreamCall[session_pb2.ConverseRequest, session_pb2.ConverseResponse]
    ) -> None:
        try:
            async for response in call:
                self.turns.follow(response)
                await self._send_one(response)
        except grpc.aio.AioRpcError as error:
            raise for_status(error) from None
        raise Closing(NORMAL, "the conversation is over")

    async def _send_one(self, response: session_pb2.ConverseResponse) -> None:
        try:
            async with asyncio.timeout(self.patience.stall):
                await self.socket.send(self.codec.encode(response))
        except TimeoutError:
            raise Closing(TRY_AGAIN_LATER, "our messages were not being read") from None

    async def _leave_when_draining(self) -> None:
        await self.draining.wait()
        await self.turns.idle.wait()
        raise Closing(RESTART, "restarting; connect again")
