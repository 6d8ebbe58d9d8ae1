"""The single-page app: its files, its addresses, and nothing else of the disk."""

import http.client

import pytest

pytestmark = pytest.mark.integration

PAGE = {"accept": "text/html,application/xhtml+xml"}


@pytest.mark.parametrize("path", ["/", "/index.html", "/journal", "/sessions/1234"])
async def test_the_apps_addresses_give_its_page(edge, path):
    response = await edge.get(path, headers=PAGE)
    assert response.status_code == 200
    assert "<title>Voice CBT" in response.text
    assert response.headers["cache-control"] == "no-cache"


async def test_hashed_files_are_kept_for_good(edge):
    response = await edge.get("/assets/app-3f2a.js")
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "path", ["/assets/gone.js", "/favicon.ico", "/api/v1/nothing", "/.well-known/nothing", "/.env"]
)
async def test_what_is_not_there_is_a_404_problem(edge, path):
    response = await edge.get(path, headers=PAGE)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


async def test_a_script_that_is_missing_is_not_a_page(edge):
    assert (await edge.get("/journal", headers={"accept": "application/json"})).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "/assets/../../secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/..%5csecret.txt",
        "/%00",
        "/assets/%00.js",
        "//etc/passwd",
    ],
)
def test_nothing_else_of_the_disk_is_served(platform, path):
    connection = http.client.HTTPConnection(platform.edge_url.removeprefix("http://"))
    connection.request("GET", path)  # httpx would tidy up the path.
    response = connection.getresponse()
    body = response.read()
    assert b"not for you" not in body
    assert b"root:" not in body
    assert response.status in (200, 404), path
    assert response.status == 404 or b"<title>Voice CBT" in body


async def test_pages_take_no_posts(edge):
    assert (await edge.post("/journal")).status_code == 405


async def test_browsers_are_kept_on_a_short_lead(edge):
    for path in ("/", "/api/v1/me", "/api/v1/nothing"):
        headers = (await edge.get(path)).headers
        policy = headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "connect-src 'self'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["permissions-policy"].startswith("microphone=(self)")
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["referrer-policy"] == "no-referrer"


async def test_over_tls_browsers_are_told_to_stay_there(edge):
    assert "strict-transport-security" not in (await edge.get("/")).headers
    assert "strict-transport-security" in (await edge.get("/", headers={"x-forwarded-proto": "https"})).headers
