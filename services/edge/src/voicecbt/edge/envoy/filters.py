"""The chain of HTTP filters: what happens to every request, in order."""

from voicecbt.edge.cookies import ACCESS_COOKIE
from voicecbt.edge.envoy import rate_limits
from voicecbt.edge.envoy.config import Block, Yaml, extension, seconds
from voicecbt.edge.envoy.methods import exposed_methods
from voicecbt.edge.envoy.routes import BUFFER, COMPRESSORS
from voicecbt.edge.envoy.settings import EnvoySettings
from voicecbt.edge.limits import MAX_JSON_BYTES
from voicecbt.edge.openapi import URL as OPENAPI_PATH
from voicecbt.edge.routes import jwks

PROVIDER = "voicecbt"
OPEN_API_PATHS = (
    "/api/v1/auth/register",
    "/api/v1/auth/sign-in",
    "/api/v1/auth/refresh",
    "/api/v1/auth/sign-out",
    OPENAPI_PATH,
)
KEYS_SECONDS = 60  # How old cached keys may get.
FETCH_SECONDS = 2.0
CLOCK_SKEW_SECONDS = 5  # As in the services.

COMPRESSED_TYPES = (
    "application/json",
    "application/problem+json",
    "application/javascript",
    "text/javascript",
    "text/css",
    "text/html",
    "image/svg+xml",
)
MIN_COMPRESSED_BYTES = 512  # Below, the headers cost more than is saved.


def http_filters(settings: EnvoySettings) -> list[Yaml]:
    """CORS answers preflights before anything else; limits come before the cost of verifying a signature."""
    return [
        extension("envoy.filters.http.cors", "extensions.filters.http.cors.v3.Cors"),
        {"name": rate_limits.FILTER, "typed_config": rate_limits.filter_config()},
        _jwt_authn(settings),
        extension("envoy.filters.http.grpc_web", "extensions.filters.http.grpc_web.v3.GrpcWeb"),
        extension(BUFFER, "extensions.filters.http.buffer.v3.Buffer", max_request_bytes=MAX_JSON_BYTES),
        *_compressors(),
        extension("envoy.filters.http.router", "extensions.filters.http.router.v3.Router"),
    ]


def _jwt_authn(settings: EnvoySettings) -> Block:
    return extension(
        "envoy.filters.http.jwt_authn",
        "extensions.filters.http.jwt_authn.v3.JwtAuthentication",
        providers={PROVIDER: _provider(settings)},
        rules=_rules(),
    )


def _provider(settings: EnvoySettings) -> Block:
    return {
        "issuer": settings.token_issuer,
        "audiences": [settings.token_audience],
        "forward": True,  # The services verify it again: they trust nobody's word for who is calling.
        "from_headers": [{"name": "Authorization", "value_prefix": "Bearer "}],
        "from_cookies": [ACCESS_COOKIE],
        "clock_skew_seconds": CLOCK_SKEW_SECONDS,
        "remote_jwks": {
            "http_uri": {"uri": f"http://edge{jwks.URL}", "cluster": "edge", "timeout": seconds(FETCH_SECONDS)},
            "cache_duration": seconds(KEYS_SECONDS),
            # Fetched ahead of time, so that no request waits for it.
            "async_fetch": {"failed_refetch_duration": "1s"},
        },
    }


def _rules() -> list[Yaml]:
    """The first match decides. What no rule names is open: the app's files and the health checks."""
    public = [method.path for method in exposed_methods() if method.public]
    requires: Block = {"provider_name": PROVIDER}
    opened: list[Yaml] = [{"match": {"path": path}} for path in (*public, *OPEN_API_PATHS)]
    closed: list[Yaml] = [{"match": {"prefix": prefix}, "requires": requires} for prefix in ("/voicecbt.", "/api/")]
    return opened + closed


def _compressors() -> list[Yaml]:
    libraries = (
        extension("brotli", "extensions.compression.brotli.compressor.v3.Brotli", quality=4),
        extension("gzip", "extensions.compression.gzip.compressor.v3.Gzip", memory_level=5),
    )
    kinds: list[Yaml] = [{"prefix": kind} for kind in COMPRESSED_TYPES]  # A character set may follow.
    common: Block = {"min_content_length": MIN_COMPRESSED_BYTES, "content_type_matcher": kinds}
    return [
        extension(
            name,
            "extensions.filters.http.compressor.v3.Compressor",
            compressor_library=library,
            response_direction_config={"common_config": common},
        )
        for name, library in zip(COMPRESSORS, libraries, strict=True)
    ]
