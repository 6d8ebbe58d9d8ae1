"""Tokens as strangers would try them, through Envoy."""

import uuid

import httpx
import pytest

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", "forged"])
def test_without_a_good_token_nothing_is_told(platform, person, token):
    if token == "forged":
        head, _, signature = person.token.rpartition(".")
        token = f"{head}.{signature[::-1]}"
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    response = httpx.get(f"{platform.address}/api/v1/moods", headers=headers)
    assert response.status_code == 401
    assert response.headers["content-type"].startswith("application/problem+json")


def test_a_refresh_token_works_once_and_its_second_use_ends_the_family(platform):
    with httpx.Client(base_url=platform.address, timeout=30) as client:
        account = {"email": f"{uuid.uuid4().hex}@example.com", "password": uuid.uuid4().hex}
        first = client.post("/api/v1/auth/register", json=account).json()["tokens"]["refresh_token"]
        second = client.post("/api/v1/auth/refresh", json={"refresh_token": first}).json()["tokens"]["refresh_token"]
        assert client.post("/api/v1/auth/refresh", json={"refresh_token": first}).status_code == 401
        assert client.post("/api/v1/auth/refresh", json={"refresh_token": second}).status_code == 401


def test_an_unknown_email_and_a_wrong_password_look_the_same(platform, person):
    def answer(email: str) -> tuple[int, str]:
        response = httpx.post(
            f"{platform.address}/api/v1/auth/sign-in", json={"email": email, "password": "not the password"}, timeout=30
        )
        return response.status_code, response.json()["detail"]

    assert answer(person.email) == answer("nobody@example.com") and answer(person.email)[0] == 401


def test_an_internal_service_cannot_be_reached_from_outside(platform, person):
    path = "/voicecbt.transcription.v1.TranscriptionService/StreamTranscribe"
    headers = {"content-type": "application/grpc", "te": "trailers", "authorization": f"Bearer {person.token}"}
    response = httpx.post(platform.address + path, headers=headers, content=b"\0\0\0\0\0")
    assert response.headers.get("grpc-status") != "0"
    assert response.status_code in (401, 403, 404) or response.headers.get("grpc-status") in {"5", "7", "12", "16"}
