"""What is logged, measured and traced of a request, and what must not be."""

import httpx
import pytest
import structlog
from prometheus_client import REGISTRY

from voicecbt.edge.app import make_app
from voicecbt.edge.backends import connect
from voicecbt.kit.channels import ChannelFactory
from voicecbt.kit.testing.keys import SERVICE_SECRET
from voicecbt.kit.tokens import ServiceTokens

pytestmark = pytest.mark.integration

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
SECRET = "what-somebody-said"


@pytest.fixture
async def client(platform):
    """A client of an edge in this loop, so that its logs can be captured."""
    channels = ChannelFactory("edge", ServiceTokens(SERVICE_SECRET), platform.settings.max_message_bytes)
    app = make_app(platform.settings, connect(platform.settings, channels))

    @app.get("/breaks")
    async def breaks() -> None:
        raise RuntimeError(SECRET)

    app.router.routes.insert(0, app.router.routes.pop())  # Before the frontend, which takes all that is left.
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://edge", headers=platform.bearer()) as client:
        yield client
    await channels.close()


def count(endpoint: str) -> float:
    return REGISTRY.get_sample_value("voice_cbt_response_time_seconds_count", {"endpoint": endpoint}) or 0.0


async def test_logs_name_the_route_and_nothing_else(client):
    session_id = "77777777-7777-4777-8777-777777777777"
    with structlog.testing.capture_logs() as logs:
        await client.get(f"/api/v1/sessions/{session_id}", params={"page_token": SECRET})
    line = next(line for line in logs if line["event"] == "request")
    assert line["endpoint"] == "/api/v1/sessions/{session_id}"
    assert line["status"] == 404
    for revealing in (session_id, SECRET, "Bearer", client.headers["authorization"]):
        assert revealing not in str(logs)


async def test_durations_are_counted_by_route(client):
    before, before_unknown = count("/api/v1/me"), count("api")
    await client.get("/api/v1/me")
    await client.get("/api/v1/unknown/1")
    await client.get("/api/v1/unknown/2")
    assert count("/api/v1/me") == before + 1
    assert count("api") == before_unknown + 2


async def test_a_request_continues_the_trace_of_its_caller(client, spans):
    spans.clear()
    await client.get("/api/v1/me", headers={"traceparent": f"00-{TRACE_ID}-b7ad6b7169203331-01"})
    ours = [span for span in spans.get_finished_spans() if span.name == "GET /api/v1/me"]
    assert f"{ours[0].context.trace_id:032x}" == TRACE_ID
    assert ours[0].attributes == {
        "http.request.method": "GET",
        "http.route": "/api/v1/me",
        "http.response.status_code": 200,
    }


async def test_an_unexpected_error_is_a_problem_and_its_message_stays_here(client):
    with structlog.testing.capture_logs() as logs:
        response = await client.get("/breaks")
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert SECRET not in response.text
    assert SECRET not in str(logs)
    error = next(line for line in logs if line["event"] == "unexpected error")
    assert error["error_type"] == "RuntimeError"
    assert "test_observation.py" in error["place"]


@pytest.mark.parametrize(("sent", "kept"), [("abc-123", True), ("a b", False), ("x" * 65, False), ("", False)])
async def test_request_ids_are_plain_words(client, sent, kept):
    answered = (await client.get("/healthz", headers={"x-request-id": sent})).headers["x-request-id"]
    assert (answered == sent) is kept
    assert answered
