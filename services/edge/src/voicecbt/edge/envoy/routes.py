"""Which path goes where, and under which limits."""

from collections.abc import Sequence

from voicecbt.edge.envoy.config import Block, Yaml, seconds, typed
from voicecbt.edge.envoy.methods import ExposedMethod, exposed_methods
from voicecbt.edge.envoy.rate_limits import FILTER as RATE_LIMIT
from voicecbt.edge.envoy.rate_limits import request_limit, sign_in_limit
from voicecbt.edge.envoy.settings import EnvoySettings
from voicecbt.edge.limits import (
    CONVERSE_IDLE_SECONDS,
    MAX_UPLOAD_BYTES,
    REST_TIMEOUT_SECONDS,
    TRANSCRIPTION_TIMEOUT_SECONDS,
)

SLACK_SECONDS = 5.0  # The edge gives up first, and says why.
UPLOAD_IDLE_SECONDS = 30.0
NO_TIMEOUT = "0s"

GUESSABLE_PATHS = ("/api/v1/auth/register", "/api/v1/auth/sign-in")
CONVERSE_REGEX = "^/api/v1/sessions/[^/]+/converse$"

BUFFER = "envoy.filters.http.buffer"
COMPRESSORS = ("voicecbt.compressor.brotli", "voicecbt.compressor.gzip")

# What only the platform itself may say: who a service is. Envoy's own x-envoy-* are stripped because no client address
# counts as internal.
INTERNAL_HEADERS = ("voicecbt-service-token", "x-forwarded-client-cert", "x-forwarded-host", "x-real-ip")


def route_config(settings: EnvoySettings) -> Block:
    """The whole route table: the first match decides."""
    return {
        "name": "voicecbt",
        "request_headers_to_remove": list(INTERNAL_HEADERS),
        "virtual_hosts": [
            {
                "name": "voicecbt",
                "domains": ["*"],
                "routes": [*_grpc_routes(settings), *_edge_routes(settings)],
                "retry_policy": {
                    "retry_on": "connect-failure,refused-stream",
                    "num_retries": 2,
                    "retry_back_off": {"base_interval": "0.05s", "max_interval": "0.5s"},
                },
                "typed_per_filter_config": {
                    "envoy.filters.http.cors": _cors(settings.allowed_origins),
                    RATE_LIMIT: request_limit(settings),
                },
            }
        ],
    }


def _grpc_routes(settings: EnvoySettings) -> list[Yaml]:
    made: list[Yaml] = [_grpc_route(method, settings) for method in exposed_methods()]
    # All that is not listed does not exist out here, least of all the methods for services.
    made += [{"match": {"prefix": prefix}, "direct_response": {"status": 404}} for prefix in ("/voicecbt.", "/grpc.")]
    return made


def _grpc_route(method: ExposedMethod, settings: EnvoySettings) -> Block:
    filters: dict[str, Yaml] = {BUFFER: _no_buffer()}
    if method.guessable:
        filters[RATE_LIMIT] = sign_in_limit(settings)
    timeout = NO_TIMEOUT if method.streaming else seconds(REST_TIMEOUT_SECONDS + SLACK_SECONDS)
    route: Block = {"cluster": method.cluster, "timeout": timeout, "idle_timeout": seconds(CONVERSE_IDLE_SECONDS)}
    return {"match": {"path": method.path}, "route": route, "typed_per_filter_config": filters}


def _edge_routes(settings: EnvoySettings) -> list[Yaml]:
    # Compressed answers that hold tokens could be guessed from their length (BREACH).
    secret: dict[str, Yaml] = {name: _no_compression() for name in COMPRESSORS}
    guessable: dict[str, Yaml] = {**secret, RATE_LIMIT: sign_in_limit(settings)}
    return [
        *(_edge_route({"path": path}, guessable) for path in GUESSABLE_PATHS),
        _edge_route({"prefix": "/api/v1/auth/"}, secret),
        _converse_route(),
        _edge_route(
            {"path": "/api/v1/transcriptions"},
            {BUFFER: _buffer_per_route(MAX_UPLOAD_BYTES)},
            timeout_seconds=TRANSCRIPTION_TIMEOUT_SECONDS + SLACK_SECONDS,
        ),
        _edge_route({"prefix": "/"}, {}),
    ]


def _edge_route(
    match: Block, filters: dict[str, Yaml], timeout_seconds: float = REST_TIMEOUT_SECONDS + SLACK_SECONDS
) -> Block:
    idle = max(timeout_seconds, UPLOAD_IDLE_SECONDS)
    route: Block = {"cluster": "edge", "timeout": seconds(timeout_seconds), "idle_timeout": seconds(idle)}
    made: Block = {"match": match, "route": route}
    return made | {"typed_per_filter_config": filters} if filters else made


def _converse_route() -> Block:
    return {
        "match": {"safe_regex": {"regex": CONVERSE_REGEX}},
        "route": {
            "cluster": "edge",
            "timeout": NO_TIMEOUT,
            "idle_timeout": seconds(CONVERSE_IDLE_SECONDS),
            "upgrade_configs": [{"upgrade_type": "websocket"}],
        },
        "typed_per_filter_config": {BUFFER: _no_buffer()},
    }


def _cors(origins: Sequence[str]) -> Block:
    """Without origins of others there is nothing to allow: pages of our own need no CORS."""
    return typed(
        "extensions.filters.http.cors.v3.CorsPolicy",
        allow_origin_string_match=[{"exact": origin} for origin in origins],
        allow_methods="GET, POST, PATCH, DELETE, OPTIONS",
        allow_headers="authorization, content-type, idempotency-key, x-grpc-web, grpc-timeout, x-user-agent",
        expose_headers="x-request-id, retry-after, grpc-status, grpc-message, grpc-status-details-bin",
        max_age="600",
        allow_credentials=True,
    )


def _buffer_per_route(limit: int) -> Block:
    return typed("extensions.filters.http.buffer.v3.BufferPerRoute", buffer={"max_request_bytes": limit})


def _no_buffer() -> Block:
    return typed("extensions.filters.http.buffer.v3.BufferPerRoute", disabled=True)


def _no_compression() -> Block:
    return typed("extensions.filters.http.compressor.v3.CompressorPerRoute", disabled=True)
