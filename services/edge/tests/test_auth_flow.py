"""Accounts through Envoy: tokens in bodies and in cookies, and requests from other sites' pages."""

import uuid
from ipaddress import ip_address

import httpx
import pytest

pytestmark = pytest.mark.integration

PASSWORD = "a long enough password"
AUTH = "/api/v1/auth"
EVIL = {"origin": "https://evil.example"}


@pytest.fixture
def email() -> str:
    return f"{uuid.uuid4().hex}@example.org"


@pytest.fixture
def own(envoy_url: str) -> dict[str, str]:
    """What a browser sends from one of our own pages."""
    return {"origin": envoy_url}


@pytest.fixture
async def browser(stranger: httpx.AsyncClient, email: str, own: dict[str, str]) -> httpx.AsyncClient:
    """Signed in by cookie."""
    body = {"email": email, "password": PASSWORD, "token_delivery": "cookie"}
    response = await stranger.post(f"{AUTH}/register", json=body, headers=own)
    assert response.status_code == 201, response.text
    return stranger


async def test_other_clients_get_their_tokens_in_the_body(stranger, email):
    account = {"email": email, "password": PASSWORD}
    registered = await stranger.post(f"{AUTH}/register", json=account)
    assert registered.status_code == 201
    assert "set-cookie" not in registered.headers
    signed_in = (await stranger.post(f"{AUTH}/sign-in", json=account)).json()
    assert signed_in["profile"]["email"] == email
    bearer = {"authorization": f"Bearer {signed_in['tokens']['access_token']}"}
    assert (await stranger.get("/api/v1/me", headers=bearer)).status_code == 200
    body = {"refresh_token": signed_in["tokens"]["refresh_token"]}
    refreshed = (await stranger.post(f"{AUTH}/refresh", json=body)).json()
    assert refreshed["tokens"]["access_token"]
    assert (await stranger.post(f"{AUTH}/refresh", json=body)).status_code == 401
    assert (await stranger.post(f"{AUTH}/sign-out", json=refreshed["tokens"] and {})).json() == {}


async def test_auth_is_told_where_a_sign_in_comes_from(stranger, platform, email):
    await stranger.post(
        f"{AUTH}/sign-in", json={"email": email, "password": PASSWORD}, headers={"x-forwarded-for": "203.0.113.9"}
    )
    told = ip_address(platform.services.auth.addresses[-1])
    # Envoy is the outermost proxy here, so what the client claims of itself is not believed.
    assert str(told) != "203.0.113.9"


async def test_browsers_get_cookies_and_no_tokens(stranger, email, own):
    body = {"email": email, "password": PASSWORD, "token_delivery": "cookie"}
    response = await stranger.post(f"{AUTH}/register", json=body, headers=own)
    tokens = response.json()["tokens"]
    assert tokens["access_token"] == tokens["refresh_token"] == ""
    assert tokens["access_expires_at"]
    assert {cookie.name: cookie.path for cookie in stranger.cookies.jar} == {
        "voicecbt_access": "/",
        "voicecbt_refresh": AUTH,
    }


async def test_a_cookie_reads_and_writes_from_our_own_pages(browser, own):
    assert (await browser.get("/api/v1/me")).status_code == 200
    key = {"idempotency-key": uuid.uuid4().hex}
    assert (await browser.post("/api/v1/sessions", json={}, headers={**own, **key})).status_code == 201
    fetched = {"sec-fetch-site": "same-origin", **key}
    assert (await browser.post("/api/v1/sessions", json={}, headers=fetched)).status_code == 201


@pytest.mark.parametrize("origin", [EVIL, {}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}])
async def test_a_cookie_does_not_write_for_other_pages(browser, origin):
    headers = {"idempotency-key": uuid.uuid4().hex, **origin}
    response = await browser.post("/api/v1/sessions", json={}, headers=headers)
    assert response.status_code == 403
    assert response.json()["reason"] == "CROSS_ORIGIN"


async def test_refreshing_by_cookie_renews_the_cookies(browser, own):
    before = dict(browser.cookies)
    response = await browser.post(f"{AUTH}/refresh", json={"token_delivery": "cookie"}, headers=own)
    assert response.json()["tokens"]["access_token"] == ""
    assert dict(browser.cookies)["voicecbt_refresh"] != before["voicecbt_refresh"]
    assert (await browser.get("/api/v1/me")).status_code == 200


async def test_other_pages_can_neither_refresh_nor_sign_out(browser):
    for path in ("refresh", "sign-out"):
        assert (await browser.post(f"{AUTH}/{path}", json={}, headers=EVIL)).status_code == 403


async def test_other_pages_cannot_sign_a_browser_in(stranger, email):
    body = {"email": email, "password": PASSWORD, "token_delivery": "cookie"}
    assert (await stranger.post(f"{AUTH}/register", json=body, headers=EVIL)).status_code == 403


async def test_signing_out_takes_the_cookies_back(browser, own):
    response = await browser.post(f"{AUTH}/sign-out", json={"token_delivery": "cookie"}, headers=own)
    assert response.status_code == 200
    assert not browser.cookies
    assert (await browser.get("/api/v1/me")).status_code == 401


async def test_without_any_refresh_token_there_is_nothing_to_refresh(stranger):
    response = await stranger.post(f"{AUTH}/refresh", json={})
    assert response.json()["reason"] == "TOKEN_MISSING"


async def test_wrong_credentials_and_taken_emails(browser, stranger, email):
    wrong = await stranger.post(f"{AUTH}/sign-in", json={"email": email, "password": "not the password"})
    assert (wrong.status_code, wrong.json()["reason"]) == (401, "WRONG_CREDENTIALS")
    taken = await stranger.post(f"{AUTH}/register", json={"email": email, "password": PASSWORD})
    assert (taken.status_code, taken.json()["errors"][0]["field"]) == (409, "email")


async def test_a_stale_access_cookie_does_not_keep_anybody_from_signing_in(stranger, platform, email, own):
    stale = platform.mint.token("66666666-6666-4666-8666-666666666666", lifetime_seconds=-3600)
    stranger.cookies.set("voicecbt_access", stale, path="/")
    body = {"email": email, "password": PASSWORD, "token_delivery": "cookie"}
    assert (await stranger.post(f"{AUTH}/register", json=body, headers=own)).status_code == 201


async def test_a_form_of_another_site_cannot_post(stranger, email):
    headers = {"content-type": "text/plain"}
    body = f'{{"email": "{email}", "password": "{PASSWORD}"}}'
    assert (await stranger.post(f"{AUTH}/sign-in", content=body, headers=headers)).status_code == 415
