"""Protection against cross-site requests: what a cookie authenticates must come from our own pages."""

from collections.abc import Collection

from starlette.requests import HTTPConnection

from voicecbt.edge.problems import Problem

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def require_same_origin(connection: HTTPConnection, allowed: Collection[str]) -> None:
    """Raises Problem 403 unless the browser says that one of our own pages, or an allowed origin, is asking."""
    if not is_same_origin(connection, allowed):
        raise Problem(
            403,
            "A request that is signed in by cookie must come from our own pages: it needs a same-origin Origin header.",
            reason="CROSS_ORIGIN",
        )


def refuse_cross_origin(connection: HTTPConnection, allowed: Collection[str]) -> None:
    """As above, but lets a request without any Origin pass: it comes from no browser. For asking for cookies."""
    if "origin" in connection.headers:
        require_same_origin(connection, allowed)


def is_same_origin(connection: HTTPConnection, allowed: Collection[str]) -> bool:
    """By Sec-Fetch-Site, which pages cannot forge, or by Origin."""
    if connection.headers.get("sec-fetch-site") == "same-origin":
        return True
    origin = connection.headers.get("origin", "")
    return bool(origin) and (origin in allowed or _normal(origin) == own_origin(connection))


def own_origin(connection: HTTPConnection) -> str:
    """The origin that the request was sent to, such as `https://example.org:8443`."""
    scheme = {"ws": "http", "wss": "https"}.get(connection.url.scheme, connection.url.scheme)
    return _normal(f"{scheme}://{connection.headers.get('host', '')}")


def _normal(origin: str) -> str:
    """Lower case, without the scheme's default port."""
    scheme, _, host = origin.lower().partition("://")
    return f"{scheme}://{host.removesuffix(f':{DEFAULT_PORTS.get(scheme, 0)}')}"
