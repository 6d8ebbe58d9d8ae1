"""What people say, sealed: opens only with their key, for the same field, untouched."""

import uuid

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecbt.kit.crypto import AuthDataKeys, CannotDecrypt, FieldCipher
from voicecbt.kit.errors import NotFound
from voicecbt.kit.testing.keys import FakeDataKeys
from voicecbt.stubs.auth.v1 import auth_pb2

pytestmark = pytest.mark.unit

PERSON, OTHER = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=2000))
async def test_what_was_sealed_comes_back(text):
    cipher = FieldCipher(FakeDataKeys())
    assert await cipher.decrypt(PERSON, "notes", await cipher.encrypt(PERSON, "notes", text)) == text


async def test_the_same_text_never_looks_the_same():
    cipher = FieldCipher(FakeDataKeys())
    assert await cipher.encrypt(PERSON, "notes", "same") != await cipher.encrypt(PERSON, "notes", "same")


@pytest.mark.parametrize(("person", "field"), [(OTHER, "notes"), (PERSON, "transcript")])
async def test_another_person_or_field_cannot_open_it(person, field):
    cipher = FieldCipher(FakeDataKeys())
    blob = await cipher.encrypt(PERSON, "notes", "mine")
    with pytest.raises(CannotDecrypt):
        await cipher.decrypt(person, field, blob)


@pytest.mark.parametrize("position", [0, 1, 13, -1])
async def test_a_changed_byte_is_noticed(position):
    cipher = FieldCipher(FakeDataKeys())
    blob = bytearray(await cipher.encrypt(PERSON, "notes", "mine"))
    blob[position] ^= 1
    with pytest.raises(CannotDecrypt):
        await cipher.decrypt(PERSON, "notes", bytes(blob))


async def test_after_erasure_nothing_can_be_read():
    keys = FakeDataKeys()
    cipher = FieldCipher(keys)
    blob = await cipher.encrypt(PERSON, "notes", "mine")
    keys.erase(PERSON)
    with pytest.raises(NotFound):
        await cipher.decrypt(PERSON, "notes", blob)


async def test_keys_are_asked_for_once_a_minute_and_forgotten_on_demand():
    asked: list[str] = []

    async def get_data_key(request: auth_pb2.GetDataKeyRequest) -> auth_pb2.GetDataKeyResponse:
        asked.append(request.user_id)
        return auth_pb2.GetDataKeyResponse(key=bytes(32), version=1)

    keys = AuthDataKeys(get_data_key)
    await keys.key_for(PERSON)
    await keys.key_for(PERSON)
    assert asked == [PERSON]
    keys.forget(PERSON)
    await keys.key_for(PERSON)
    assert asked == [PERSON, PERSON]


async def test_an_erased_person_is_not_found_and_other_failures_stay_as_they_are():
    code = grpc.StatusCode.NOT_FOUND

    async def get_data_key(request: auth_pb2.GetDataKeyRequest) -> auth_pb2.GetDataKeyResponse:
        raise grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata())

    keys = AuthDataKeys(get_data_key)
    with pytest.raises(NotFound):
        await keys.key_for(PERSON)
    code = grpc.StatusCode.UNAVAILABLE
    with pytest.raises(grpc.aio.AioRpcError):
        await keys.key_for(PERSON)
