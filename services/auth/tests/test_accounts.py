"""Registering, signing in and the profile, over gRPC on real stores."""

import asyncio
import uuid

import grpc
import pytest
from argon2 import PasswordHasher
from google.rpc import error_details_pb2, status_pb2
from sqlalchemy import text

from voicecbt.stubs.auth.v1 import auth_pb2

pytestmark = pytest.mark.integration

DETAILS = {"first_name": "Ada", "last_name": "Lovelace", "date_of_birth": "1990-12-10", "gender": "female"}


def rich_status(error: grpc.aio.AioRpcError) -> status_pb2.Status:
    trailers = dict(error.trailing_metadata())
    return status_pb2.Status.FromString(trailers["grpc-status-details-bin"])


def fields_of(error: grpc.aio.AioRpcError) -> list[str]:
    details = error_details_pb2.BadRequest()
    for packed in rich_status(error).details:
        if packed.Unpack(details):
            return [violation.field for violation in details.field_violations]
    return []


async def test_registering_creates_an_account_that_can_be_used_and_signed_in_to(auth):
    person = await auth.register("New.Person@Example.org", timezone="Europe/Berlin", country="DE")
    assert person.profile.email == "New.Person@Example.org"
    assert person.profile.username == "New.Person"
    assert (person.profile.timezone, person.profile.country) == ("Europe/Berlin", "DE")
    assert await auth.profile(person.metadata) == person.profile

    signed_in = await auth.sign_in("new.person@EXAMPLE.org")
    assert signed_in.profile == person.profile
    assert await auth.profile((("authorization", f"Bearer {signed_in.tokens.access_token}"),)) == person.profile


@pytest.mark.parametrize("again", ["taken@example.org", "TAKEN@example.org", "Taken@Example.Org"])
async def test_an_email_is_taken_in_any_case(auth, again):
    email = f"{uuid.uuid4().hex}taken@example.org"
    await auth.register(email)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await auth.register(email.replace("taken@example.org", again))
    assert refused.value.code() is grpc.StatusCode.ALREADY_EXISTS
    assert fields_of(refused.value) == ["email"]


async def test_of_parallel_registrations_with_one_email_exactly_one_succeeds(auth):
    email = f"username-{uuid.uuid4().hex}@example.org"
    results = await asyncio.gather(*(auth.register(email) for _ in range(6)), return_exceptions=True)
    refusals = [result for result in results if isinstance(result, grpc.aio.AioRpcError)]
    assert [refusal.code() for refusal in refusals] == [grpc.StatusCode.ALREADY_EXISTS] * 5
    assert [fields_of(refusal) for refusal in refusals] == [["email"]] * 5


async def test_parallel_registrations_with_one_local_part_all_get_names(auth):
    hosts = [f"{uuid.uuid4().hex}.example.org" for _ in range(6)]
    people = await asyncio.gather(*(auth.register(f"same.name@{host}") for host in hosts))
    assert len({person.profile.username for person in people}) == 6


async def test_a_user_name_is_taken_in_any_case(auth):
    await auth.register(username="Grace.H")
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await auth.register(username="grace.h")
    assert refused.value.code() is grpc.StatusCode.ALREADY_EXISTS
    assert fields_of(refused.value) == ["username"]


async def test_a_derived_user_name_that_is_taken_gets_a_suffix(auth):
    first = await auth.register("twin@one.example.org")
    second = await auth.register("twin@two.example.org")
    assert first.profile.username == "twin"
    assert second.profile.username.startswith("twin-")


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({"email": "weak@example.org", "password": "Password123!"}, "password"),
        ({"email": "someone.special@example.org", "password": "Someone.Special1"}, "password"),
        ({"email": "short@example.org", "password": "x7!kQ"}, "password"),
        ({"email": "not an address", "password": "correct horse battery"}, "email"),
        ({"email": "zone@example.org", "password": "correct horse battery", "timezone": "Mars/Base"}, "timezone"),
        ({"email": "land@example.org", "password": "correct horse battery", "country": "de"}, "country"),
    ],
)
async def test_a_registration_that_is_wrong_names_the_field(auth, request_, field):
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await auth.accounts.Register(auth_pb2.RegisterRequest(**request_))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert fields_of(refused.value) == [field]
    assert request_["password"] not in str(refused.value)


async def test_a_wrong_password_and_an_unknown_email_look_the_same(auth):
    person = await auth.register()
    answers = []
    for email, password in [(person.email, "not the password"), ("nobody@example.org", "not the password")]:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await auth.sign_in(email, password)
        answers.append((refused.value.code(), rich_status(refused.value).SerializeToString(deterministic=True)))
    assert answers[0] == answers[1]
    assert answers[0][0] is grpc.StatusCode.UNAUTHENTICATED


async def test_the_same_letters_typed_on_another_keyboard_are_the_same_password(auth):
    composed, decomposed = "caf\u00e9 cr\u00e8me br\u00fbl\u00e9e", "cafe\u0301 cre\u0300me bru\u0302le\u0301e"
    person = await auth.register(password=composed)
    assert (await auth.sign_in(person.email, decomposed)).profile == person.profile


async def test_a_profile_is_replaced_and_read_back(auth):
    person = await auth.register()
    wanted = auth_pb2.Profile(
        user_id=person.profile.user_id,
        email="ignored@example.org",
        timezone="Asia/Tokyo",
        country="JP",
        preferences=auth_pb2.Preferences(
            language="ja", patience=auth_pb2.PATIENCE_PATIENT, emotion_off=True, voice="warm"
        ),
        **DETAILS,
    )
    request = auth_pb2.UpdateProfileRequest(profile=wanted)
    changed = (await auth.accounts.UpdateProfile(request, metadata=person.metadata)).profile
    assert changed == await auth.profile(person.metadata)
    assert changed.email == person.email
    assert (changed.first_name, changed.timezone, changed.preferences) == ("Ada", "Asia/Tokyo", wanted.preferences)

    emptied = auth_pb2.UpdateProfileRequest(profile=auth_pb2.Profile())
    await auth.accounts.UpdateProfile(emptied, metadata=person.metadata)
    assert await auth.profile(person.metadata) == person.profile


@pytest.mark.parametrize("born", ["2023-02-30", "1899-12-31", "2999-01-01"])
async def test_a_date_of_birth_that_cannot_be_is_refused(auth, born):
    person = await auth.register()
    profile = auth_pb2.Profile(user_id=person.profile.user_id, date_of_birth=born)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await auth.accounts.UpdateProfile(auth_pb2.UpdateProfileRequest(profile=profile), metadata=person.metadata)
    assert fields_of(refused.value) == ["profile.date_of_birth"]


async def test_what_identifies_a_person_is_encrypted_in_the_table(auth):
    person = await auth.register()
    profile = auth_pb2.Profile(user_id=person.profile.user_id, **DETAILS)
    await auth.accounts.UpdateProfile(auth_pb2.UpdateProfileRequest(profile=profile), metadata=person.metadata)
    async with auth.database.transaction() as session:
        query = text("SELECT * FROM auth.users WHERE email = :email")
        row = (await session.execute(query, {"email": person.email})).mappings().one()
    stored = repr(dict(row))
    for name, value in DETAILS.items():
        assert isinstance(row[name], bytes)
        assert value not in stored
    assert person.password not in stored
    assert row["password_hash"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_a_hash_made_at_another_cost_is_replaced_at_the_next_sign_in(auth):
    person = await auth.register()
    cheap = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(person.password)
    async with auth.database.transaction() as session:
        update = text("UPDATE auth.users SET password_hash = :hash WHERE email = :email")
        await session.execute(update, {"hash": cheap, "email": person.email})
    await auth.sign_in(person.email)
    async with auth.database.transaction() as session:
        query = text("SELECT password_hash FROM auth.users WHERE email = :email")
        assert "m=19456,t=2,p=1" in await session.scalar(query, {"email": person.email})
    await auth.sign_in(person.email)


async def test_a_service_reads_the_profile_of_the_person_for_whom_it_acts_and_nobody_s_otherwise(auth):
    person = await auth.register(country="DE")
    assert await auth.profile(auth.as_service(acting_for=person.profile.user_id)) == person.profile
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await auth.profile(auth.as_service())
    assert refused.value.code() == grpc.StatusCode.PERMISSION_DENIED


async def test_an_update_mask_changes_only_what_it_names(auth):
    person = await auth.register(country="DE", timezone="Europe/Berlin")
    changes = auth_pb2.Profile(first_name="Ada", preferences={"emotion_off": True})
    await auth.accounts.UpdateProfile(
        auth_pb2.UpdateProfileRequest(
            profile=changes, update_mask={"paths": ["first_name", "preferences.emotion_off"]}
        ),
        metadata=person.metadata,
    )
    profile = await auth.profile(person.metadata)
    assert (profile.first_name, profile.preferences.emotion_off) == ("Ada", True)
    assert (profile.country, profile.timezone) == ("DE", "Europe/Berlin")


async def test_an_update_mask_with_an_unknown_field_is_refused_by_name(auth):
    person = await auth.register()
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await auth.accounts.UpdateProfile(
            auth_pb2.UpdateProfileRequest(profile=auth_pb2.Profile(), update_mask={"paths": ["shoe_size"]}),
            metadata=person.metadata,
        )
    assert (refused.value.code(), fields_of(refused.value)) == (grpc.StatusCode.INVALID_ARGUMENT, ["update_mask"])


@pytest.mark.parametrize("service", ["rag", "edge", "emotion"])
async def test_a_service_that_stores_no_words_gets_no_data_key(auth, service):
    person = await auth.register()
    request = auth_pb2.GetDataKeyRequest(user_id=person.profile.user_id)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await auth.keys.GetDataKey(request, metadata=auth.as_service(service))
    assert refused.value.code() == grpc.StatusCode.PERMISSION_DENIED


async def test_a_service_that_acts_for_somebody_else_gets_no_data_key(auth):
    person, other = await auth.register(), await auth.register()
    request = auth_pb2.GetDataKeyRequest(user_id=person.profile.user_id)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await auth.keys.GetDataKey(request, metadata=auth.as_service(acting_for=other.profile.user_id))
    assert refused.value.code() == grpc.StatusCode.PERMISSION_DENIED
