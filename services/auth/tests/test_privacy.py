"""Logs and errors never hold an email, a password or a token, whatever goes wrong."""

import io
import logging

import grpc
import pytest
import structlog
from sqlalchemy import text

from voicecbt.kit.logs import configure_logging
from voicecbt.stubs.auth.v1 import auth_pb2

pytestmark = pytest.mark.integration


@pytest.fixture
def logs():
    """What the service logs at its most talkative, as text."""
    before, level = logging.root.handlers[:], logging.root.level
    configure_logging("auth", "DEBUG", "json")
    (handler,) = logging.root.handlers
    written = io.StringIO()
    handler.setStream(written)
    yield written.getvalue
    logging.root.handlers[:] = before
    logging.root.setLevel(level)
    structlog.reset_defaults()


async def test_neither_success_nor_failure_gives_anything_away(logs, auth):
    email, password = "private.person@example.org", "a very private password"
    person = await auth.register(email, password, username="private-name")
    tokens = await auth.refresh(person.tokens.refresh_token)
    errors = []
    for call in (
        auth.register(email, password),
        auth.sign_in(email, "another private password"),
        auth.refresh(person.tokens.refresh_token),
        auth.profile((("authorization", f"Bearer {tokens.access_token}x"),)),
        auth.accounts.EraseAccount(auth_pb2.EraseAccountRequest(password="guess"), metadata=person.metadata),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await call
        errors.append(str(refused.value) + str(refused.value.trailing_metadata()))
    profile = auth_pb2.Profile(user_id=person.profile.user_id, first_name="Secretname")
    await auth.accounts.UpdateProfile(auth_pb2.UpdateProfileRequest(profile=profile), metadata=person.metadata)
    seen = logs() + "".join(errors)
    assert "password refused" in seen
    for secret in (
        email,
        "private.person",
        "private-name",
        "private password",
        "Secretname",
        tokens.access_token,
        tokens.refresh_token,
        person.tokens.refresh_token,
    ):
        assert secret not in seen


async def test_an_error_of_the_database_does_not_either(logs, auth):
    person = await auth.register("broken.database@example.org")
    async with auth.database.transaction() as session:
        await session.execute(text("ALTER TABLE auth.token_families RENAME TO hidden"))
    try:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await auth.sign_in(person.email)
    finally:
        async with auth.database.transaction() as session:
            await session.execute(text("ALTER TABLE auth.hidden RENAME TO token_families"))
    assert refused.value.code() is grpc.StatusCode.INTERNAL
    seen = logs() + str(refused.value)
    assert "unexpected error" in seen
    for secret in ("broken.database", person.password, "$argon2id$"):
        assert secret not in seen
