"""What Envoy lets through and what not: tokens, sizes, rates, origins, and which gRPC methods exist out there."""

import http.client
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager

import grpc
import httpx
import pytest

from voicecbt.kit.local.ports import free_port
from voicecbt.kit.testing.keys import SERVICE_SECRET, TokenMint
from voicecbt.kit.tokens import ServiceTokens
from voicecbt.stubs.auth.v1 import auth_pb2, auth_pb2_grpc
from voicecbt.stubs.journal.v1 import journal_pb2, journal_pb2_grpc
from voicecbt.stubs.rag.v1 import rag_pb2, rag_pb2_grpc
from voicecbt.stubs.session.v1 import session_pb2, session_pb2_grpc

pytestmark = pytest.mark.integration

ME = "/api/v1/me"
USER = "22222222-2222-4222-8222-222222222222"


def problem(response: httpx.Response, status: int) -> dict[str, object]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document = response.json()
    assert document["status"] == status
    return document


async def test_a_valid_token_opens_the_api(envoy):
    response = await envoy.get(ME)
    assert response.status_code == 200
    assert response.json()["profile"]["user_id"]


async def test_a_token_in_the_cookie_opens_the_api(stranger, platform):
    stranger.cookies.set("voicecbt_access", platform.mint.token(USER))
    assert (await stranger.get(ME)).json()["profile"]["user_id"] == USER


@pytest.mark.parametrize("path", [ME, "/api/v1/sessions", "/api/v1/anything", "//api/v1/me", "/x/../api/v1/me"])
async def test_without_a_token_the_api_is_closed(envoy_url, path):
    response = http.client.HTTPConnection(envoy_url.removeprefix("http://"))
    response.request("GET", path)  # httpx would tidy up the path.
    answer = response.getresponse()
    document = problem(httpx.Response(answer.status, headers=answer.getheaders(), content=answer.read()), 401)
    assert document["type"] == "urn:voicecbt:problem:unauthorized"
    assert "access token" in document["detail"]
    assert document["instance"].startswith("/api/")


async def test_an_expired_token_is_refused(stranger, platform):
    document = problem(await stranger.get(ME, headers=platform.bearer(lifetime_seconds=-3600)), 401)
    assert "expired" in document["detail"]


async def test_a_forged_token_is_refused(stranger, platform):
    forger = TokenMint()
    forger.kid = platform.mint.kid
    problem(await stranger.get(ME, headers={"authorization": f"Bearer {forger.token(USER)}"}), 401)
    problem(await stranger.get(ME, headers={"authorization": "Bearer no.token.atall"}), 401)


async def test_escaped_slashes_are_no_way_in(stranger):
    problem(await stranger.get("/api%2Fv1%2Fme"), 400)


@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/.well-known/jwks.json", "/api/v1/openapi.json", "/", "/journal"]
)
async def test_what_is_open_needs_no_token(stranger, path):
    assert (await stranger.get(path)).status_code == 200


async def test_a_body_that_is_too_large_is_refused(envoy):
    document = problem(await envoy.post("/api/v1/moods", content=b"x" * (65 << 10)), 413)
    assert document["title"] == "Request Entity Too Large"


async def test_recordings_may_be_large(envoy):
    headers = {"content-type": "audio/wav"}
    response = await envoy.post("/api/v1/transcriptions", content=bytes(2 << 20), headers=headers)
    assert response.json()["text"] == f"{2 << 20} bytes"


async def test_too_many_sign_ins_are_refused(start_envoy: Callable[..., AbstractContextManager[str]]):
    with start_envoy(sign_ins_per_minute=3) as url:
        async with httpx.AsyncClient(base_url=url) as client:
            body = {"email": "robin@example.org", "password": "wrong password"}
            answers = [await client.post("/api/v1/auth/sign-in", json=body) for _ in range(5)]
            assert [answer.status_code for answer in answers[:3]] == [401] * 3
            document = problem(answers[4], 429)
            assert answers[4].headers["retry-after"] == str(document["retry_after_seconds"])
            assert (await client.get("/healthz")).status_code == 200


async def test_too_many_requests_are_refused(start_envoy: Callable[..., AbstractContextManager[str]]):
    with start_envoy(requests_per_second=1, request_burst=6) as url:
        async with httpx.AsyncClient(base_url=url) as client:
            statuses = [(await client.get("/healthz")).status_code for _ in range(12)]
            assert statuses[0] == 200
            assert statuses[-1] == 429


async def test_preflights_of_allowed_origins_are_answered(stranger):
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "idempotency-key"}
    response = await stranger.options("/api/v1/moods", headers={"origin": "http://localhost:5173", **asked})
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == "http://localhost:5173"
    assert "idempotency-key" in response.headers["access-control-allow-headers"]
    refused = await stranger.options("/api/v1/moods", headers={"origin": "https://elsewhere.example", **asked})
    assert "access-control-allow-origin" not in refused.headers


@pytest.mark.parametrize("encoding", ["gzip", "br"])
async def test_answers_are_compressed(stranger, encoding):
    for path in ("/api/v1/openapi.json", "/assets/app-3f2a.js"):
        async with stranger.stream("GET", path, headers={"accept-encoding": encoding}) as response:
            assert response.headers["content-encoding"] == encoding


async def test_answers_with_tokens_are_not_compressed(stranger):
    body = {"email": f"{uuid.uuid4().hex}@example.org", "password": "long enough password"}
    headers = {"accept-encoding": "gzip"}
    response = await stranger.post("/api/v1/auth/register", json=body, headers=headers)
    assert response.status_code == 201
    assert "content-encoding" not in response.headers


async def test_requests_cannot_pretend_to_be_a_service(platform, envoy_url):
    token = ServiceTokens(SERVICE_SECRET).issue("rag", USER)
    async with grpc.aio.insecure_channel(envoy_url.removeprefix("http://")) as channel:
        stub = journal_pb2_grpc.JournalServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await stub.ListMoods(journal_pb2.ListMoodsRequest(), metadata=(("voicecbt-service-token", token),))
        assert error.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_grpc_reaches_the_services(platform, envoy_url):
    async with grpc.aio.insecure_channel(envoy_url.removeprefix("http://")) as channel:
        sessions = session_pb2_grpc.SessionServiceStub(channel)
        request = session_pb2.StartSessionRequest(idempotency_key=uuid.uuid4().hex)
        answer = await sessions.StartSession(request, metadata=platform.mint.metadata(USER))
        assert answer.session.session_id
        conversation = sessions.Converse(metadata=platform.mint.metadata(USER))
        opening = session_pb2.Open(session_id=answer.session.session_id)
        await conversation.write(session_pb2.ConverseRequest(open=opening))
        assert (await conversation.read()).WhichOneof("event") == "opened"
        conversation.cancel()


async def test_public_grpc_methods_need_no_token(envoy_url):
    async with grpc.aio.insecure_channel(envoy_url.removeprefix("http://")) as channel:
        request = auth_pb2.RegisterRequest(email=f"{uuid.uuid4().hex}@example.org", password="long enough password")
        assert (await auth_pb2_grpc.AuthServiceStub(channel).Register(request)).tokens.access_token


async def test_internal_grpc_methods_do_not_exist_outside(platform, envoy_url):
    async with grpc.aio.insecure_channel(envoy_url.removeprefix("http://")) as channel:
        metadata = platform.mint.metadata(USER)
        calls = [
            rag_pb2_grpc.RagServiceStub(channel).AssessRisk(rag_pb2.AssessRiskRequest(), metadata=metadata),
            auth_pb2_grpc.KeyServiceStub(channel).GetDataKey(
                auth_pb2.GetDataKeyRequest(user_id=USER), metadata=metadata
            ),
            journal_pb2_grpc.JournalServiceStub(channel).GetPersonContext(
                journal_pb2.GetPersonContextRequest(user_id=USER), metadata=metadata
            ),
        ]
        for call in calls:
            with pytest.raises(grpc.aio.AioRpcError) as error:
                await call
            assert error.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_internal_methods_are_404_over_http(envoy):
    problem(await envoy.post("/voicecbt.rag.v1.RagService/AssessRisk", content=b""), 404)
    problem(await envoy.post("/grpc.health.v1.Health/Check", content=b""), 404)


async def test_grpc_web_reaches_the_services(envoy):
    request = journal_pb2.ListMoodsRequest(page_size=1).SerializeToString()
    frame = b"\x00" + len(request).to_bytes(4, "big") + request
    response = await envoy.post(
        "/voicecbt.journal.v1.JournalService/ListMoods",
        content=frame,
        headers={"content-type": "application/grpc-web+proto", "x-grpc-web": "1"},
    )
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/grpc-web+proto"
    assert b"grpc-status:0" in response.content.replace(b" ", b"")


async def test_every_answer_names_its_request(envoy):
    first, second = await envoy.get(ME), await envoy.get(ME, headers={"x-request-id": "mine"})
    assert first.headers["x-request-id"] != second.headers["x-request-id"] != "mine"


async def test_envoys_own_headers_are_not_taken_from_outside(envoy):
    headers = {"x-envoy-upstream-rq-timeout-ms": "1", "content-type": "audio/wav"}
    assert (await envoy.post("/api/v1/transcriptions", content=bytes(4 << 20), headers=headers)).status_code == 200


async def test_an_upstream_that_is_away_is_a_problem_with_retry_after(start_envoy, platform):
    with start_envoy(journal_address=f"127.0.0.1:{free_port()}") as url:
        async with httpx.AsyncClient(base_url=url, headers=platform.bearer()) as client:
            response = await client.post("/voicecbt.journal.v1.JournalService/ListMoods", content=b"")
            document = problem(response, 503)
            assert response.headers["retry-after"] == "1"
            assert document["retry_after_seconds"] == 1
