"""The one listener: how connections and requests are taken, logged and traced."""

from voicecbt.edge.envoy.config import Block, Yaml, address, extension, seconds
from voicecbt.edge.envoy.filters import http_filters
from voicecbt.edge.envoy.local_replies import local_reply_config
from voicecbt.edge.envoy.routes import route_config
from voicecbt.edge.envoy.settings import EnvoySettings
from voicecbt.edge.limits import CONVERSE_IDLE_SECONDS

CONNECTION_BUFFER_BYTES = 32 << 10  # Envoy's default of 1 MiB is what a client that does not read could hold, each.
MAX_HEADERS_KIB = 32
MAX_HEADERS = 100
HEADERS_SECONDS = 10.0
HTTP2_STREAM_WINDOW_BYTES = 64 << 10
HTTP2_CONNECTION_WINDOW_BYTES = 1 << 20
MAX_STREAMS = 100

# Envoy takes an empty list of internal addresses for its default one: loopback and the private networks.
NO_ADDRESS: Block = {"address_prefix": "255.255.255.255", "prefix_len": 32}

# No query, no token, no client address: they would tie what somebody does here to who they are.
ACCESS_LOG: Block = {
    "time": "%START_TIME%",
    "method": "%REQ(:METHOD)%",
    "path": "%PATH(NQ)%",
    "protocol": "%PROTOCOL%",
    "status": "%RESPONSE_CODE%",
    "grpc_status": "%GRPC_STATUS%",
    "flags": "%RESPONSE_FLAGS%",
    "details": "%RESPONSE_CODE_DETAILS%",
    "bytes_received": "%BYTES_RECEIVED%",
    "bytes_sent": "%BYTES_SENT%",
    "duration_ms": "%DURATION%",
    "upstream": "%UPSTREAM_CLUSTER%",
    "request_id": "%REQ(X-REQUEST-ID)%",
    "trace_id": "%TRACE_ID%",
}


def listener(settings: EnvoySettings) -> Block:
    """HTTP/1.1 and HTTP/2 without TLS: on one machine by loopback, in a cluster behind what ends TLS."""
    manager = extension(
        "envoy.filters.network.http_connection_manager",
        "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        **_protocol(),
        **_hygiene(settings),
        **_observation(settings),
        local_reply_config=local_reply_config(),
        route_config=route_config(settings),
        http_filters=http_filters(settings),
    )
    return {
        "name": "public",
        "address": address(settings.listen_address),
        "per_connection_buffer_limit_bytes": CONNECTION_BUFFER_BYTES,
        "filter_chains": [{"filters": [manager]}],
    }


def _protocol() -> Block:
    return {
        "stat_prefix": "public",
        "codec_type": "AUTO",
        "server_name": "voicecbt",
        "stream_idle_timeout": seconds(CONVERSE_IDLE_SECONDS),
        "request_headers_timeout": seconds(HEADERS_SECONDS),
        "max_request_headers_kb": MAX_HEADERS_KIB,
        "common_http_protocol_options": {
            "max_headers_count": MAX_HEADERS,
            "headers_with_underscores_action": "DROP_HEADER",  # Some servers read x_y as x-y.
        },
        "http2_protocol_options": {
            "max_concurrent_streams": MAX_STREAMS,
            "initial_stream_window_size": HTTP2_STREAM_WINDOW_BYTES,
            "initial_connection_window_size": HTTP2_CONNECTION_WINDOW_BYTES,
        },
    }


def _hygiene(settings: EnvoySettings) -> Block:
    """Nobody outside is believed to be inside, and a path has one spelling only."""
    return {
        "use_remote_address": True,
        "xff_num_trusted_hops": settings.trusted_hops,
        "internal_address_config": {"unix_sockets": False, "cidr_ranges": [NO_ADDRESS]},
        "normalize_path": True,
        "merge_slashes": True,
        "path_with_escaped_slashes_action": "REJECT_REQUEST",
    }


def _observation(settings: EnvoySettings) -> Block:
    log = extension(
        "envoy.access_loggers.stdout",
        "extensions.access_loggers.stream.v3.StdoutAccessLog",
        log_format={"json_format": ACCESS_LOG},
    )
    made: Block = {"generate_request_id": True, "always_set_request_id_in_response": True, "access_log": [log]}
    return made | {"tracing": _tracing(settings)} if settings.otlp_endpoint else made


def _tracing(settings: EnvoySettings) -> Yaml:
    tracer = extension(
        "envoy.tracers.opentelemetry",
        "config.trace.v3.OpenTelemetryConfig",
        grpc_service={"envoy_grpc": {"cluster_name": "otlp"}, "timeout": "1s"},
        service_name="voicecbt-envoy",
    )
    return {
        "provider": tracer,
        "random_sampling": {"value": settings.trace_percent},
        "max_path_tag_length": 1,  # Addresses hold ids of sessions and moods: `/` will do.
    }
