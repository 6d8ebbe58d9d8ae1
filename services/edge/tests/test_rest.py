"""The REST routes over real gRPC: what is passed on, what comes back, and what is refused before it is passed on."""

import asyncio
import uuid

import httpx
import pytest

from voicecbt.edge.app import make_app
from voicecbt.edge.backends import connect
from voicecbt.kit.channels import ChannelFactory
from voicecbt.kit.local.ports import free_port
from voicecbt.kit.testing.keys import SERVICE_SECRET, TokenMint
from voicecbt.kit.tokens import ServiceTokens

pytestmark = pytest.mark.integration

STRANGER = "44444444-4444-4444-8444-444444444444"
UNKNOWN = "55555555-5555-4555-8555-555555555555"


def key() -> dict[str, str]:
    return {"idempotency-key": uuid.uuid4().hex}


def problem(response: httpx.Response, status: int) -> dict:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == status
    return response.json()


@pytest.fixture
async def session_id(edge):
    return (await edge.post("/api/v1/sessions", json={}, headers=key())).json()["session"]["session_id"]


async def test_a_session_from_start_to_end(edge):
    body = {"session_type": "SESSION_TYPE_TEXT", "therapeutic_goals": ["sleep"]}
    started = await edge.post("/api/v1/sessions", json=body, headers=key())
    assert started.status_code == 201
    session = started.json()["session"]
    assert session["session_type"] == "SESSION_TYPE_TEXT"
    url = f"/api/v1/sessions/{session['session_id']}"
    assert (await edge.get(url)).json()["session"] == session
    assert session in (await edge.get("/api/v1/sessions", params={"page_size": 100})).json()["sessions"]
    rating = f"{url}/turns/{uuid.uuid4()}/rating"
    assert (await edge.post(rating, json={"satisfaction": 5}, headers=key())).json() == {}
    ended = await edge.post(f"{url}/end", headers=key())
    assert ended.json()["session"]["status"] == "SESSION_STATUS_ENDED"


async def test_the_same_key_gives_the_same_session(edge):
    headers = key()
    first, second = [(await edge.post("/api/v1/sessions", json={}, headers=headers)).json() for _ in range(2)]
    assert first == second


async def test_moods(edge):
    recorded = await edge.post("/api/v1/moods", json={"mood": {"mood_score": 7}}, headers=key())
    assert recorded.status_code == 201
    mood = recorded.json()["mood"]
    times = {"from": "2026-01-01T00:00:00Z", "to": "2027-01-01T00:00:00+01:00"}
    assert mood in (await edge.get("/api/v1/moods", params={**times, "page_size": 200})).json()["moods"]
    assert (await edge.delete(f"/api/v1/moods/{mood['mood_id']}", headers=key())).json() == {}
    problem(await edge.delete(f"/api/v1/moods/{mood['mood_id']}", headers=key()), 404)


async def test_insights(edge):
    trend = await edge.get("/api/v1/insights/mood-trend", params={"days": 7, "timezone": "Europe/Berlin"})
    assert trend.json()["points"][0]["mean_mood"] == 6.5
    counts = await edge.get("/api/v1/insights/sessions")
    assert counts.json()["points"][0]["sessions"] == 1


async def test_the_profile(edge):
    assert (await edge.get("/api/v1/me")).json()["profile"]["user_id"]
    changed = {"profile": {"timezone": "Europe/Berlin"}}
    answer = await edge.patch("/api/v1/me", json=changed, headers=key())
    assert answer.json()["profile"]["timezone"] == "Europe/Berlin"
    erased = await edge.request("DELETE", "/api/v1/me", json={"password": "long enough"}, headers=key())
    assert erased.json() == {}
    assert "voicecbt_access" in erased.headers["set-cookie"]


async def test_speech_is_a_wav_file(edge):
    response = await edge.post("/api/v1/speech", json={"text": "Hi!", "sample_rate_hz": 16000})
    assert response.headers["content-type"] == "audio/wav"
    assert response.content[:4] == b"RIFF"
    assert len(response.content) == 44 + 3 * 3200


@pytest.mark.parametrize("media_type", ["audio/wav", "application/octet-stream", "audio/ogg; codecs=opus"])
async def test_a_recording_as_the_body(edge, media_type):
    response = await edge.post(
        "/api/v1/transcriptions?language=de", content=b"sound", headers={"content-type": media_type}
    )
    assert (response.json()["text"], response.json()["language"]) == ("5 bytes", "de")


async def test_a_recording_in_a_form(edge):
    form = {"files": {"file": ("a.wav", bytes(3 << 20))}, "data": {"language": "de", "word_timestamps": "true"}}
    response = await edge.post("/api/v1/transcriptions", **form)
    assert (response.json()["text"], response.json()["language"]) == (f"{3 << 20} bytes", "de")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"content": b"x", "headers": {"content-type": "text/plain"}}, 415),
        ({"content": b"x"}, 415),
        ({"content": b"", "headers": {"content-type": "audio/wav"}}, 400),
        ({"files": {"file": ("a.wav", b"")}}, 400),
        ({"files": {"sound": ("a.wav", b"x")}}, 400),
        ({"files": {"file": (None, b"x")}}, 400),
        ({"files": {"file": ("a.wav", b"x")}, "data": {"word_timestamps": "maybe"}}, 400),
        ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 400),
        ({"content": b"x", "headers": {"content-type": "multipart/form-data; boundary=b"}}, 400),
        ({"content": bytes(33 << 20), "headers": {"content-type": "audio/wav"}}, 413),
        ({"content": bytes((32 << 20) + 1), "headers": {"content-type": "audio/wav"}}, 413),
    ],
)
async def test_what_is_no_recording_is_refused(edge, request_, status):
    problem(await edge.post("/api/v1/transcriptions", **request_), status)


@pytest.mark.parametrize(("path", "body"), [("/api/v1/sessions", {}), ("/api/v1/moods", {"mood": {"mood_score": 5}})])
async def test_a_write_needs_its_key(edge, path, body):
    document = problem(await edge.post(path, json=body), 400)
    assert document["errors"][0]["field"] == "Idempotency-Key"


@pytest.mark.parametrize("bad", ["", "a" * 101, "a b"])
async def test_a_key_is_short_and_visible(edge, bad):
    document = problem(await edge.post("/api/v1/sessions", json={}, headers={"idempotency-key": bad}), 400)
    assert document["errors"][0]["field"] == "Idempotency-Key"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"mood": {"mood_score": 5, "colour": "red"}}', "mood.colour"),
        (b'{"mood": {"mood_score": "5"}}', "mood.mood_score"),
        (b'{"mood": {"mood_score": 5, "notes": "' + b"a" * 6000 + b'"}}', "mood.notes"),
        (b'{"mood": {"mood_score": 5, "emotions": {"Not Allowed": 0.5}}}', "mood.emotions"),
        (b"\xff\xfe", "body"),
    ],
)
async def test_a_wrong_body_names_its_field(edge, body, field):
    headers = {**key(), "content-type": "application/json"}
    document = problem(await edge.post("/api/v1/moods", content=body, headers=headers), 400)
    assert field in [error["field"] for error in document["errors"]]


async def test_another_media_type_is_refused(edge):
    headers = {**key(), "content-type": "text/plain"}
    problem(await edge.post("/api/v1/moods", content=b'{"mood": {"mood_score": 5}}', headers=headers), 415)


async def test_a_huge_body_is_refused_also_when_its_length_is_not_told(edge):
    async def chunks():
        for _ in range(70):
            yield b"a" * 1024

    headers = {**key(), "content-type": "application/json"}
    problem(await edge.post("/api/v1/moods", content=chunks(), headers=headers), 413)
    problem(await edge.post("/api/v1/moods", content=b"a" * 70_000, headers=headers), 413)


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/v1/sessions/nonsense", "session_id"),
        ("/api/v1/sessions?page_size=0", "page_size"),
        ("/api/v1/sessions?page_size=x", "page_size"),
        ("/api/v1/moods?from=yesterday", "from"),
        ("/api/v1/moods?from=0001-01-01T00:00:00%2B05:00", "from"),
        ("/api/v1/moods?to=2026-01-01T00:00:00", "to"),
        ("/api/v1/insights/mood-trend?days=367", "days"),
        ("/api/v1/insights/mood-trend?timezone=" + "a" * 51, "timezone"),
    ],
)
async def test_a_wrong_parameter_is_named(edge, path, field):
    assert problem(await edge.get(path), 400)["errors"][0]["field"] == field


async def test_somebody_elses_session_looks_unknown(edge, platform, session_id):
    foreign = problem(await edge.get(f"/api/v1/sessions/{session_id}", headers=platform.bearer(STRANGER)), 404)
    unknown = problem(await edge.get(f"/api/v1/sessions/{UNKNOWN}", headers=platform.bearer(STRANGER)), 404)
    assert foreign["detail"] == unknown["detail"]


async def test_tokens_are_verified_behind_the_edge_too(platform):
    async with httpx.AsyncClient(base_url=platform.edge_url) as client:
        document = problem(await client.get("/api/v1/me"), 401)
        assert document["reason"] == "TOKEN_MISSING"
        for token in (TokenMint().token(STRANGER), "nonsense"):
            document = problem(await client.get("/api/v1/me", headers={"authorization": f"Bearer {token}"}), 401)
            assert document["reason"] == "TOKEN_INVALID"
        document = problem(await client.get("/api/v1/me", headers=platform.bearer(lifetime_seconds=-3600)), 401)
        assert document["reason"] == "TOKEN_EXPIRED"


async def test_the_edge_lends_nobody_its_own_identity(platform):
    """These methods take services too, and the edge is one."""
    async with httpx.AsyncClient(base_url=platform.edge_url) as client:
        problem(await client.post("/api/v1/speech", json={"text": "hi"}), 401)
        problem(await client.post("/api/v1/transcriptions", content=b"x", headers={"content-type": "audio/wav"}), 401)


async def test_other_roles_are_refused_by_the_service(platform):
    headers = dict(platform.mint.metadata(STRANGER, roles=["operator"]))
    async with httpx.AsyncClient(base_url=platform.edge_url, headers=headers) as client:
        problem(await client.get("/api/v1/sessions"), 403)


async def test_what_does_not_exist_is_a_problem(edge):
    problem(await edge.get("/api/v1/nothing"), 404)
    document = problem(await edge.put("/api/v1/me"), 405)
    assert document["title"] == "Method Not Allowed"


async def test_keys_are_public_and_cached(platform):
    async with httpx.AsyncClient(base_url=platform.edge_url) as client:
        response = await client.get("/.well-known/jwks.json")
    assert response.headers["content-type"] == "application/jwk-set+json"
    assert "max-age" in response.headers["cache-control"]
    assert response.json()["keys"][0]["crv"] == "Ed25519"


async def test_health_and_readiness(edge):
    assert (await edge.get("/healthz")).json() == {"status": "alive"}
    assert (await edge.get("/readyz")).json() == {"status": "ready"}


@pytest.fixture
async def inside(platform):
    """An edge in this loop, to change; two of its services are away."""
    settings = platform.settings.model_copy(update={"rag_address": f"127.0.0.1:{free_port()}"})
    settings = settings.model_copy(update={"journal_address": settings.rag_address})
    channels = ChannelFactory("edge", ServiceTokens(SERVICE_SECRET), settings.max_message_bytes)
    app = make_app(settings, connect(settings, channels))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://edge", headers=platform.bearer()) as client:
        yield app, client
    await channels.close()


async def test_services_that_are_away_are_named(inside):
    _, client = inside
    document = problem(await client.get("/readyz"), 503)
    assert document["services"] == {"journal": "unreachable", "rag": "unreachable"}


async def test_a_service_that_is_away_is_a_503_without_its_address(inside):
    _, client = inside
    answer = await client.get("/api/v1/moods")
    assert problem(answer, 503)["retry_after_seconds"] == 1
    assert answer.headers["retry-after"] == "1"
    assert "127.0.0.1" not in answer.text


async def test_too_many_recordings_at_once_are_sent_away(inside):
    app, client = inside
    app.state.upload_slots = asyncio.Semaphore(0)
    answer = await client.post("/api/v1/transcriptions", content=b"x", headers={"content-type": "audio/wav"})
    assert problem(answer, 503)["retry_after_seconds"] == 5


async def test_a_patch_changes_only_the_fields_that_it_holds(edge, platform):
    changes = {"first_name": "", "preferences": {"emotion_off": False}}
    assert (await edge.patch("/api/v1/me", json={"profile": changes}, headers=key())).status_code == 200
    assert set(platform.services.auth.masks[-1]) == {"first_name", "preferences.emotion_off"}


async def test_a_patch_that_changes_nothing_is_refused(edge):
    problem(await edge.patch("/api/v1/me", json={"profile": {}}, headers=key()), 400)
