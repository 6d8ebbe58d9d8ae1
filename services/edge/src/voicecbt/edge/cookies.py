"""Tokens in cookies, for browsers: scripts cannot read them, and other sites' pages do not send them."""

import time

from google.protobuf.timestamp_pb2 import Timestamp
from starlette.requests import HTTPConnection
from starlette.responses import Response

from voicecbt.stubs.auth.v1 import auth_pb2

ACCESS_COOKIE = "voicecbt_access"
ACCESS_PATH = "/"
REFRESH_COOKIE = "voicecbt_refresh"
REFRESH_PATH = "/api/v1/auth"  # The longer-lived token goes nowhere but where it is used.


def set_tokens(response: Response, tokens: auth_pb2.Tokens, *, secure: bool) -> None:
    """Puts both tokens into cookies that live as long as they do. `secure`: the request came by https."""
    _set(response, ACCESS_COOKIE, ACCESS_PATH, tokens.access_token, tokens.access_expires_at, secure)
    _set(response, REFRESH_COOKIE, REFRESH_PATH, tokens.refresh_token, tokens.refresh_expires_at, secure)


def clear_tokens(response: Response, *, secure: bool) -> None:
    """Takes both cookies back."""
    for name, path in ((ACCESS_COOKIE, ACCESS_PATH), (REFRESH_COOKIE, REFRESH_PATH)):
        response.delete_cookie(name, path=path, secure=secure, httponly=True, samesite="strict")


def came_by_https(connection: HTTPConnection) -> bool:
    """Whether the client spoke TLS, to us or to a proxy that we trust (uvicorn sets the scheme from its header)."""
    return connection.url.scheme in ("https", "wss")


def _set(response: Response, name: str, path: str, value: str, expires: Timestamp, secure: bool) -> None:
    seconds = max(0, expires.seconds - int(time.time()))
    response.set_cookie(name, value, max_age=seconds, path=path, secure=secure, httponly=True, samesite="strict")
