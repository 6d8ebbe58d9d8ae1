"""The audit trail: append-only, chained, without forks, and told when it was touched."""

import asyncio

import grpc
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from voicecbt.auth.domain import Role
from voicecbt.stubs.auth.v1 import auth_pb2

pytestmark = pytest.mark.integration


def record(auth, action, actor="", subject=""):
    event = auth_pb2.AuditEvent(action=action, actor=actor, subject=subject)
    request = auth_pb2.RecordAuditEventRequest(event=event)
    return auth.audit.RecordAuditEvent(request, metadata=auth.as_service("journal"))


async def execute(auth, *statements):
    async with auth.database.transaction() as session:
        for statement in statements:
            await session.execute(text(statement))


async def test_a_service_records_and_an_operator_reads(auth):
    sequence = (await record(auth, "transcript.read", subject="somebody")).sequence
    listed = await auth.audit_events()
    (event,) = [event for event in listed.events if event.sequence == sequence]
    assert (event.actor, event.action, event.subject) == ("journal", "transcript.read", "somebody")
    assert len(event.hash) == 32
    assert listed.chain_intact


async def test_what_auth_does_is_in_the_trail(auth):
    person = await auth.register()
    with pytest.raises(grpc.aio.AioRpcError):
        await auth.sign_in(person.email, "not the password")
    await auth.sign_in(person.email)
    await auth.data_key(person.profile.user_id)
    about = [e for e in (await auth.audit_events()).events if e.subject == person.profile.user_id]
    assert [(e.actor, e.action) for e in about] == [
        (person.profile.user_id, "account.registered"),
        ("anonymous", "signin.failed"),
        (person.profile.user_id, "signin.succeeded"),
        ("session", "data_key.read"),
    ]
    assert person.email not in str(about)


async def test_parallel_records_make_one_chain_without_gaps(auth):
    await asyncio.gather(*(record(auth, "load.test") for _ in range(40)))
    listed = await auth.audit_events()
    assert [event.sequence for event in listed.events] == list(range(1, len(listed.events) + 1))
    assert listed.chain_intact


async def test_pages_follow_one_another(auth):
    for _ in range(5):
        await record(auth, "page.test")
    operator = await auth.someone_with(Role.OPERATOR)
    first = await auth.audit.ListAuditEvents(auth_pb2.ListAuditEventsRequest(page_size=3), metadata=operator.metadata)
    rest = await auth.audit.ListAuditEvents(
        auth_pb2.ListAuditEventsRequest(after_sequence=3, page_size=2), metadata=operator.metadata
    )
    assert [event.sequence for event in [*first.events, *rest.events]] == [1, 2, 3, 4, 5]
    assert first.chain_intact and rest.chain_intact


async def test_only_operators_read_it_and_only_services_write_it(auth):
    person = await auth.register()
    event = auth_pb2.AuditEvent(action="made.up")
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await auth.audit.RecordAuditEvent(auth_pb2.RecordAuditEventRequest(event=event), metadata=person.metadata)
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await auth.audit.ListAuditEvents(auth_pb2.ListAuditEventsRequest(), metadata=person.metadata)
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_a_malformed_event_is_refused(auth):
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await record(auth, "Not An Action")
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE auth.audit_events SET subject = 'another'",
        "DELETE FROM auth.audit_events",
        "TRUNCATE auth.audit_events",
    ],
)
async def test_the_database_refuses_to_change_the_trail(auth, statement):
    await record(auth, "trigger.test")
    with pytest.raises(DBAPIError, match="append-only"):
        await execute(auth, statement)


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE auth.audit_events SET subject = 'another' WHERE sequence = 2",
        "UPDATE auth.audit_events SET actor = 'another' WHERE sequence = 2",
        "UPDATE auth.audit_events SET time = time + interval '1 second' WHERE sequence = 2",
        "DELETE FROM auth.audit_events WHERE sequence = 2",
        "UPDATE auth.audit_events SET sequence = -sequence WHERE sequence = 1",
        "UPDATE auth.audit_events SET hash = sha256(hash) WHERE sequence = 3",
    ],
)
async def test_tampering_around_the_trigger_is_noticed(auth, tampering):
    for _ in range(4):
        await record(auth, "tamper.test")
    await execute(
        auth,
        "CREATE TABLE auth.untouched AS TABLE auth.audit_events",
        "ALTER TABLE auth.audit_events DISABLE TRIGGER append_only",
        tampering,
    )
    try:
        assert not (await auth.audit_events()).chain_intact
    finally:
        await execute(
            auth,
            "DELETE FROM auth.audit_events",
            "INSERT INTO auth.audit_events TABLE auth.untouched",
            "ALTER TABLE auth.audit_events ENABLE TRIGGER append_only",
            "DROP TABLE auth.untouched",
        )
    assert (await auth.audit_events()).chain_intact
