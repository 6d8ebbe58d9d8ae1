"""One gRPC interceptor that runs a list of guards around every RPC, whatever its kind of streaming."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast

import grpc
from google.protobuf.message import Message

if TYPE_CHECKING:  # grpc's own classes cannot be subscripted when the program runs.
    Context: TypeAlias = grpc.aio.ServicerContext[Message, Message]
    Handler: TypeAlias = grpc.RpcMethodHandler[Message, Message]
else:
    Context, Handler = grpc.aio.ServicerContext, grpc.RpcMethodHandler

Request: TypeAlias = Message | AsyncIterator[Message]
Continuation = Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]]
UnaryBehaviour = Callable[[Request, Context], Awaitable[Message]]
# Handlers that stream their response are async generators here; writing to the context is not supported.
StreamingBehaviour = Callable[[Request, Context], AsyncIterator[Message]]

HEALTH = "/grpc.health.v1.Health/"


@dataclass(frozen=True, slots=True)
class Call:
    """One RPC being served. `method` is its path: /voicecbt.journal.v1.JournalService/ListMoods."""

    method: str
    metadata: dict[str, str]
    context: Context


class Guard(Protocol):
    """Something that surrounds an RPC and sees its requests."""

    def around(self, call: Call) -> AbstractAsyncContextManager[None]:
        """Entered before the handler runs and left after it; raises to refuse the call."""

    def inspect(self, request: Message) -> None:
        """Sees each request message before the handler; raises to refuse it."""


class BoundaryInterceptor(grpc.aio.ServerInterceptor):
    """Runs `guards`, the first outermost."""

    def __init__(self, guards: Sequence[Guard]) -> None:
        self._guards = guards

    async def intercept_service(  # type: ignore[override]  # Its generics fit no concrete message.
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> Handler | None:
        """Wraps the handler that gRPC would have called."""
        handler = await continuation(handler_call_details)
        # gRPC's own health Watch writes to the context; it carries no data of ours.
        if handler is None or handler_call_details.method.startswith(HEALTH):
            return handler
        return self._wrapped(handler, handler_call_details.method)

    def _wrapped(self, handler: Handler, method: str) -> Handler:
        behaviour = handler.unary_unary or handler.unary_stream or handler.stream_unary or handler.stream_stream
        make = _HANDLERS[bool(handler.request_streaming), bool(handler.response_streaming)]
        wrapped = (
            self._streaming_response(cast(StreamingBehaviour, behaviour), method)
            if handler.response_streaming
            else self._unary_response(cast(UnaryBehaviour, behaviour), method)
        )
        return make(
            wrapped,
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )

    def _unary_response(self, behaviour: UnaryBehaviour, method: str) -> UnaryBehaviour:
        async def serve(request: Request, context: Context) -> Message:
            async with self._entered(method, context):
                return await behaviour(self._inspected(request), context)

        return serve

    def _streaming_response(self, behaviour: StreamingBehaviour, method: str) -> StreamingBehaviour:
        async def serve(request: Request, context: Context) -> AsyncIterator[Message]:
            async with self._entered(method, context):
                async for response in behaviour(self._inspected(request), context):
                    yield response

        return serve

    @asynccontextmanager
    async def _entered(self, method: str, context: Context) -> AsyncIterator[None]:
        metadata = {key: value for key, value in context.invocation_metadata() or () if isinstance(value, str)}
        call = Call(method, metadata, context)
        async with AsyncExitStack() as stack:
            for guard in self._guards:
                await stack.enter_async_context(guard.around(call))
            yield

    def _inspected(self, request: Request) -> Request:
        if isinstance(request, Message):
            self._inspect(request)
            return request
        return self._inspected_stream(request)

    async def _inspected_stream(self, requests: AsyncIterator[Message]) -> AsyncIterator[Message]:
        async for request in requests:
            self._inspect(request)
            yield request

    def _inspect(self, request: Message) -> None:
        for guard in self._guards:
            guard.inspect(request)


_HANDLERS: dict[tuple[bool, bool], Callable[..., Handler]] = {
    (False, False): grpc.unary_unary_rpc_method_handler,
    (False, True): grpc.unary_stream_rpc_method_handler,
    (True, False): grpc.stream_unary_rpc_method_handler,
    (True, True): grpc.stream_stream_rpc_method_handler,
}
