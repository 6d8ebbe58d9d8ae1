"""A person opens information to a clinician and closes it again."""

import uuid
from datetime import timedelta

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from voicecbt.auth.domain import Role
from voicecbt.stubs.auth.v1 import auth_pb2

pytestmark = pytest.mark.integration

TRENDS = auth_pb2.CONSENT_SCOPE_TRENDS


@pytest.fixture
async def person(auth):
    return await auth.register()


@pytest.fixture
async def clinician(auth):
    return await auth.someone_with(Role.CLINICIAN)


async def grant(auth, person, email, expires_at=None, scopes=(TRENDS, TRENDS)):
    request = auth_pb2.GrantConsentRequest(clinician_email=email, scopes=scopes)
    if expires_at:
        request.expires_at.FromDatetime(expires_at)
    return (await auth.consents.GrantConsent(request, metadata=person.metadata)).consent


async def listed(auth, person):
    response = await auth.consents.ListConsents(auth_pb2.ListConsentsRequest(), metadata=person.metadata)
    return list(response.consents)


async def revoke(auth, person, consent_id):
    request = auth_pb2.RevokeConsentRequest(consent_id=consent_id)
    await auth.consents.RevokeConsent(request, metadata=person.metadata)


async def code_of(call):
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call
    return refused.value.code()


async def test_both_sides_see_a_consent(auth, person, clinician):
    consent = await grant(auth, person, clinician.email.upper())
    assert consent.user_id == person.profile.user_id
    assert consent.clinician_id == clinician.profile.user_id
    assert list(consent.scopes) == [TRENDS]
    assert await listed(auth, person) == [consent]
    assert await listed(auth, clinician) == [consent]


async def test_a_revoked_consent_is_over_for_the_clinician_and_remembered_for_the_person(auth, person, clinician):
    consent = await grant(auth, person, clinician.email)
    await revoke(auth, person, consent.consent_id)
    await revoke(auth, person, consent.consent_id)
    assert await listed(auth, clinician) == []
    (kept,) = await listed(auth, person)
    assert kept.revoked_at != Timestamp()


async def test_an_expired_consent_is_over_for_the_clinician(auth, person, clinician, clock):
    await grant(auth, person, clinician.email, clock() + timedelta(minutes=5))
    assert len(await listed(auth, clinician)) == 1
    clock.offset = timedelta(minutes=6)
    assert await listed(auth, clinician) == []


async def test_a_consent_that_begins_expired_is_refused(auth, person, clinician, clock):
    call = grant(auth, person, clinician.email, clock() - timedelta(minutes=1))
    assert await code_of(call) is grpc.StatusCode.INVALID_ARGUMENT


async def test_an_unknown_scope_is_refused(auth, person, clinician):
    for scope in (0, 99):
        assert await code_of(grant(auth, person, clinician.email, scopes=[scope])) is grpc.StatusCode.INVALID_ARGUMENT


async def test_only_clinicians_can_be_given_consent(auth, person):
    stranger = await auth.register()
    for email in (stranger.email, "nobody@example.org"):
        assert await code_of(grant(auth, person, email)) is grpc.StatusCode.NOT_FOUND


async def test_nobody_else_can_revoke_a_consent(auth, person, clinician):
    consent = await grant(auth, person, clinician.email)
    stranger = await auth.register()
    assert await code_of(revoke(auth, stranger, consent.consent_id)) is grpc.StatusCode.NOT_FOUND
    assert await code_of(revoke(auth, person, str(uuid.uuid4()))) is grpc.StatusCode.NOT_FOUND
    assert await listed(auth, clinician) == [consent]
