"""Token cookies, and whose pages may use them."""

import time

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from starlette.requests import HTTPConnection
from starlette.responses import Response

from voicecbt.edge.cookies import came_by_https, clear_tokens, set_tokens
from voicecbt.edge.credentials import find_credentials
from voicecbt.edge.origins import is_same_origin, refuse_cross_origin, require_same_origin
from voicecbt.edge.problems import Problem
from voicecbt.stubs.auth.v1 import auth_pb2

pytestmark = pytest.mark.unit

ALLOWED = ("http://localhost:5173",)


def connection(scheme: str = "http", **headers: str) -> HTTPConnection:
    headers = {"host": "example.org", **{name.replace("_", "-"): value for name, value in headers.items()}}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    return HTTPConnection(
        {"type": "http", "scheme": scheme, "path": "/", "query_string": b"", "headers": raw, "server": ("x", 80)}
    )


def cookies_of(response: Response) -> list[str]:
    return [value for name, value in response.headers.items() if name == "set-cookie"]


def tokens(lifetime_seconds: int = 1800) -> auth_pb2.Tokens:
    expires = Timestamp(seconds=int(time.time()) + lifetime_seconds)
    return auth_pb2.Tokens(
        access_token="access", refresh_token="refresh", access_expires_at=expires, refresh_expires_at=expires
    )


def test_cookies_are_out_of_reach_of_scripts_and_other_sites():
    response = Response()
    set_tokens(response, tokens(), secure=True)
    access, refresh = cookies_of(response)
    for cookie in (access, refresh):
        assert {"HttpOnly", "SameSite=strict", "Secure"} <= set(cookie.split("; "))
    assert access.startswith("voicecbt_access=access;")
    assert "Path=/;" in access
    assert "Path=/api/v1/auth;" in refresh


def test_without_tls_cookies_still_work_on_one_machine():
    response = Response()
    set_tokens(response, tokens(), secure=False)
    assert all("Secure" not in cookie for cookie in cookies_of(response))


def test_cookies_live_as_long_as_their_tokens():
    response = Response()
    set_tokens(response, tokens(lifetime_seconds=-5), secure=False)
    assert all("Max-Age=0" in cookie for cookie in cookies_of(response))


def test_cookies_are_taken_back_from_where_they_were_set():
    response = Response()
    clear_tokens(response, secure=True)
    assert ["Path=/;" in cookie or "Path=/api/v1/auth;" in cookie for cookie in cookies_of(response)] == [True, True]


@pytest.mark.parametrize(("scheme", "expected"), [("http", False), ("https", True), ("ws", False), ("wss", True)])
def test_how_the_request_came(scheme, expected):
    assert came_by_https(connection(scheme)) is expected


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (connection(origin="http://example.org"), True),
        (connection(origin="http://EXAMPLE.org:80"), True),
        (connection("https", origin="https://example.org"), True),
        (connection("wss", origin="https://example.org"), True),
        (connection("ws", origin="http://example.org"), True),
        (connection(origin="http://localhost:5173"), True),
        (connection(sec_fetch_site="same-origin"), True),
        (connection(sec_fetch_site="same-origin", origin="http://localhost:3000"), True),
        (connection(), False),
        (connection(origin="null"), False),
        (connection(origin=""), False),
        (connection(origin="https://example.org"), False),
        (connection(origin="http://example.org:8080"), False),
        (connection(origin="http://example.org.evil.example"), False),
        (connection(origin="http://evil.example"), False),
        (connection(sec_fetch_site="same-site"), False),
        (connection(sec_fetch_site="cross-site"), False),
        (connection(sec_fetch_site="none"), False),
    ],
)
def test_whose_page_is_asking(request_, expected):
    assert is_same_origin(request_, ALLOWED) is expected


def test_a_cross_site_request_is_a_403():
    with pytest.raises(Problem) as refused:
        require_same_origin(connection(origin="https://evil.example"), ALLOWED)
    assert (refused.value.status, refused.value.reason) == (403, "CROSS_ORIGIN")


def test_asking_for_cookies_is_only_refused_to_other_pages():
    refuse_cross_origin(connection(), ALLOWED)
    with pytest.raises(Problem):
        refuse_cross_origin(connection(origin="https://evil.example"), ALLOWED)


def test_the_header_goes_before_the_cookie():
    found = find_credentials(connection(authorization="Bearer abc", cookie="voicecbt_access=def"))
    assert (found.token, found.from_cookie) == ("abc", False)
    assert found.metadata() == (("authorization", "Bearer abc"),)


def test_the_cookie_alone_will_do():
    assert find_credentials(connection(cookie="voicecbt_access=def")).from_cookie


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({}, "TOKEN_MISSING"),
        ({"authorization": ""}, "TOKEN_MISSING"),
        ({"authorization": "Bearer "}, "TOKEN_MISSING"),
        ({"authorization": "Basic abc"}, "TOKEN_MISSING"),
        ({"authorization": "Basic abc", "cookie": "voicecbt_access=def"}, "TOKEN_MISSING"),
        ({"authorization": "Bearer a b"}, "TOKEN_INVALID"),
        ({"authorization": "Bearer t\u00f6ken"}, "TOKEN_INVALID"),
        ({"authorization": "Bearer " + "a" * 5000}, "TOKEN_INVALID"),
    ],
)
def test_what_is_no_token_is_a_401(headers, reason):
    with pytest.raises(Problem) as refused:
        find_credentials(connection(**headers))
    assert (refused.value.status, refused.value.reason) == (401, reason)


def test_a_token_is_never_printed():
    assert "abc" not in repr(find_credentials(connection(authorization="Bearer abc")))
