"""Upstreams: the edge, the services that clients reach by gRPC, and the trace collector."""

from voicecbt.edge.envoy.config import Block, Yaml, address, is_ip, seconds, typed
from voicecbt.edge.envoy.settings import EnvoySettings

CONNECT_SECONDS = 1.0
IDLE_SECONDS = (
    60.0  # Below the edge's keep-alive of 75 s: Envoy hangs up first, and never writes into a closing socket.
)
HEALTH_SECONDS = 5.0
RECOVERY_SECONDS = 1.0  # How soon an upstream that was away is used again.

HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"


def clusters(settings: EnvoySettings) -> list[Yaml]:
    """All clusters; that of the collector only when there is one."""
    services = {
        "auth": settings.auth_address,
        "session": settings.session_address,
        "journal": settings.journal_address,
        "insights": settings.insights_address,
    }
    made: list[Yaml] = [_edge(settings.edge_address)]
    made += [_grpc(name, where) for name, where in services.items()]
    if settings.otlp_endpoint:
        made.append(_cluster("otlp", settings.otlp_endpoint, http2=True))
    return made


def _edge(where: str) -> Block:
    check: Block = {"http_health_check": {"path": "/healthz", "host": "edge"}}
    return _cluster("edge", where, http2=False) | _resilience(check)


def _grpc(name: str, where: str) -> Block:
    return _cluster(name, where, http2=True) | _resilience({"grpc_health_check": {}})


def _cluster(name: str, where: str, *, http2: bool) -> Block:
    protocol: Block = {"http2_protocol_options": {}} if http2 else {"http_protocol_options": {}}
    options = typed(
        HTTP_OPTIONS.removeprefix("envoy."),
        explicit_http_config=protocol,
        common_http_protocol_options={"idle_timeout": seconds(IDLE_SECONDS)},
    )
    return {
        "name": name,
        "type": "STATIC" if is_ip(where) else "STRICT_DNS",
        "connect_timeout": seconds(CONNECT_SECONDS),
        "typed_extension_protocol_options": {HTTP_OPTIONS: options},
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address(where)}}]}],
        },
    }


def _resilience(check: Block) -> Block:
    return {
        "health_checks": [_health_check(check)],
        # No healthy host is a clear 503 at once, instead of traffic to hosts that are known to be away.
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}},
        "circuit_breakers": {
            "thresholds": [
                {"max_connections": 1024, "max_pending_requests": 1024, "max_requests": 4096, "max_retries": 16}
            ]
        },
        "outlier_detection": _outlier_detection(),
    }


def _health_check(check: Block) -> Block:
    return {
        "timeout": seconds(CONNECT_SECONDS),
        "interval": seconds(HEALTH_SECONDS),
        "unhealthy_interval": seconds(RECOVERY_SECONDS),
        # Envoy's default of 60 s before the first request would keep a late upstream away for a minute.
        "no_traffic_interval": seconds(RECOVERY_SECONDS),
        "healthy_threshold": 1,
        "unhealthy_threshold": 2,
        **check,
    }


def _outlier_detection() -> Block:
    """Hosts that cannot be reached are left out for a while, but never more than half of them.

    Answers of 5xx do not count: the edge says 503 for any service behind it, which is no reason to leave the edge out.
    """
    return {
        "split_external_local_origin_errors": True,
        "consecutive_local_origin_failure": 5,
        "enforcing_consecutive_5xx": 0,
        "enforcing_consecutive_gateway_failure": 0,
        "enforcing_success_rate": 0,
        "base_ejection_time": seconds(RECOVERY_SECONDS * 2),
        "max_ejection_percent": 50,
    }
