"""Client channels to other services: one per address, with deadlines, retry budget, tracing and identity."""

import json
from collections.abc import Callable
from typing import TypeVar

import grpc

from voicecbt.kit.boundary.access import SERVICE_TOKEN_KEY
from voicecbt.kit.boundary.telemetry import seconds_left
from voicecbt.kit.callers import current_caller
from voicecbt.kit.telemetry import current_traceparent
from voicecbt.kit.tokens import ServiceTokens

DEFAULT_TIMEOUT_SECONDS = 10.0

# Only UNAVAILABLE is retried, with jitter, and only while fewer than half of the recent calls failed (retryThrottling):
# reads are idempotent, and every mutating RPC carries an idempotency key or is naturally idempotent.
SERVICE_CONFIG = json.dumps(
    {
        "methodConfig": [
            # A second use of a refresh token ends the sign-in, and a second registration is told that it exists.
            {"name": [{"service": "voicecbt.auth.v1.AuthService", "method": name} for name in ("Refresh", "Register")]},
            {
                "name": [{}],
                "retryPolicy": {
                    "maxAttempts": 3,
                    "initialBackoff": "0.05s",
                    "maxBackoff": "0.5s",
                    "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE"],
                },
            },
        ],
        "retryThrottling": {"maxTokens": 10, "tokenRatio": 0.2},
        "loadBalancingConfig": [{"round_robin": {}}],
    }
)

Request = TypeVar("Request")
Response = TypeVar("Response")
Details = grpc.aio.ClientCallDetails


class ChannelFactory:
    """Makes and keeps channels. Closed by the server bootstrap."""

    def __init__(self, service: str, tokens: ServiceTokens, max_message_bytes: int) -> None:
        self._identity = _Identity(service, tokens)
        self._options: list[tuple[str, str | int]] = [
            ("grpc.service_config", SERVICE_CONFIG),
            ("grpc.max_send_message_length", max_message_bytes),
            ("grpc.max_receive_message_length", max_message_bytes),
            # A restarted dependency is found again within half a second rather than after gRPC's default of up to 20.
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.min_reconnect_backoff_ms", 100),
            ("grpc.max_reconnect_backoff_ms", 500),
            ("grpc.keepalive_time_ms", 30_000),
        ]
        self._channels: dict[str, grpc.aio.Channel] = {}

    def channel(self, address: str) -> grpc.aio.Channel:
        """The channel to `host:port`; calls on it carry this service's token unless they carry a person's."""
        if address not in self._channels:
            interceptors = self._identity.interceptors()
            self._channels[address] = grpc.aio.insecure_channel(address, self._options, interceptors=interceptors)
        return self._channels[address]

    async def close(self) -> None:
        """Ends all calls and closes every channel."""
        for channel in self._channels.values():
            await channel.close()
        self._channels.clear()


class _Identity:
    """Adds the service token, the trace and the deadline to each outgoing call.

    The trace is passed on without a span of its own: the stage that calls has one, and so has the method called.
    opentelemetry's own client interceptor waits for the answer in a way that loses a cancellation.
    """

    def __init__(self, service: str, tokens: ServiceTokens) -> None:
        self._service = service
        self._tokens = tokens

    def interceptors(self) -> list[grpc.aio.ClientInterceptor]:
        return [_UnaryUnary(self._details), _UnaryStream(self._details), _StreamStream(self._with_token)]

    def _details(self, details: Details) -> Details:
        left = seconds_left()
        timeout = DEFAULT_TIMEOUT_SECONDS if details.timeout is None else details.timeout
        return self._with_token(details, timeout if left is None else min(timeout, left))

    def _with_token(self, details: Details, timeout: float | None = None) -> Details:
        metadata = grpc.aio.Metadata(*(details.metadata or ()))
        if not metadata.get("authorization"):
            metadata.add(SERVICE_TOKEN_KEY, self._tokens.issue(self._service, current_caller().user_id))
        if traceparent := current_traceparent():
            metadata.add("traceparent", traceparent)
        timeout = details.timeout if timeout is None else timeout
        return Details(details.method, timeout, metadata, details.credentials, details.wait_for_ready)


class _Rewriting:
    def __init__(self, rewrite: Callable[[Details], Details]) -> None:
        self._rewrite = rewrite


class _UnaryUnary(_Rewriting, grpc.aio.UnaryUnaryClientInterceptor):
    async def intercept_unary_unary(self, continuation, client_call_details, request):  # type: ignore[no-untyped-def]
        return await continuation(self._rewrite(client_call_details), request)


class _UnaryStream(_Rewriting, grpc.aio.UnaryStreamClientInterceptor):
    async def intercept_unary_stream(self, continuation, client_call_details, request):  # type: ignore[no-untyped-def]
        return await continuation(self._rewrite(client_call_details), request)


class _StreamStream(_Rewriting, grpc.aio.StreamStreamClientInterceptor):
    async def intercept_stream_stream(self, continuation, client_call_details, requests):  # type: ignore[no-untyped-def]
        return await continuation(self._rewrite(client_call_details), requests)
