"""The service as it is really run: a process with an environment."""

import os
import signal
import subprocess
import sys

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from redis.asyncio import Redis
from sqlalchemy import text

from voicecbt.auth.domain import Role
from voicecbt.kit.local.ports import free_port, is_listening
from voicecbt.kit.testing.processes import program

pytestmark = pytest.mark.integration


@pytest.fixture
def environment(settings):
    return {
        **os.environ,
        "VOICECBT_DATABASE_URL": settings.database_url.get_secret_value(),
        "VOICECBT_REDIS_URL": settings.redis_url.get_secret_value(),
        "VOICECBT_SERVICE_SECRET": settings.service_secret.get_secret_value(),
        "VOICECBT_AUTH_KEY_ENCRYPTION_KEY": settings.key_encryption_key.get_secret_value(),
    }


def run(environment, *arguments):
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_it_serves_and_ends_cleanly_when_told(environment, tmp_path):
    port = free_port()
    environment |= {"VOICECBT_AUTH_GRPC_ADDRESS": f"127.0.0.1:{port}"}
    command = [sys.executable, "-m", "voicecbt.auth"]
    with (
        program(command, lambda: is_listening(port), tmp_path / "log", environment) as process,
        grpc.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        health = health_pb2_grpc.HealthStub(channel)
        request = health_pb2.HealthCheckRequest(service="voicecbt.auth.v1.AuthService")
        assert health.Check(request, wait_for_ready=True).status == health_pb2.HealthCheckResponse.SERVING
        names = set(ProtoReflectionDescriptorDatabase(channel).get_services())
        assert {f"voicecbt.auth.v1.{each}Service" for each in ("Auth", "Key", "Consent", "Audit")} <= names
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    for secret in ("VOICECBT_AUTH_KEY_ENCRYPTION_KEY", "VOICECBT_DATABASE_URL", "VOICECBT_SERVICE_SECRET"):
        assert environment[secret] not in (tmp_path / "log").read_text()


def test_without_its_key_it_says_what_is_missing(environment):
    del environment["VOICECBT_AUTH_KEY_ENCRYPTION_KEY"]
    ended = run(environment, "voicecbt.auth")
    assert ended.returncode != 0
    assert "key_encryption_key" in ended.stderr


def test_a_wrong_key_is_not_repeated(environment):
    environment["VOICECBT_AUTH_KEY_ENCRYPTION_KEY"] = "c2VjcmV0LWJ1dC1zaG9ydA=="
    ended = run(environment, "voicecbt.auth")
    assert ended.returncode != 0
    assert "must be 32 bytes" in ended.stderr
    assert "c2VjcmV0LWJ1dC1zaG9ydA==" not in ended.stderr + ended.stdout


async def test_the_grant_command_gives_a_role(environment, auth):
    person = await auth.register()
    assert run(environment, "voicecbt.auth.grant", person.email, "clinician").returncode == 0
    async with auth.database.transaction() as session:
        query = text("SELECT roles FROM auth.users WHERE email = :email")
        assert await session.scalar(query, {"email": person.email}) == [Role.CLINICIAN, Role.USER]


def test_the_grant_command_says_when_there_is_nobody(environment):
    ended = run(environment, "voicecbt.auth.grant", "nobody@example.org", "clinician")
    assert (ended.returncode, ended.stderr) == (1, "account not found\n")
    assert run(environment, "voicecbt.auth.grant", "nobody@example.org", "king").returncode == 2


async def test_it_survives_its_stores_cutting_every_connection(auth, redis_url):
    person = await auth.register()
    async with auth.database.transaction() as session:
        await session.execute(text("SELECT 1"))
    for _ in range(3):
        cut = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'auth'")
        async with auth.database.transaction() as session:
            assert len((await session.execute(cut)).all()) >= 1
        async with Redis.from_url(redis_url) as redis:
            await redis.client_kill_filter(_type="normal", skipme=True)
        assert (await auth.sign_in(person.email)).profile == person.profile
