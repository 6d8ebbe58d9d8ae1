"""Wrapping keys: what opens, what does not, and what an error says."""

import base64
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecbt.auth.key_encryption import KeyEncryption, WrongKeyEncryptionKey, decode_key

pytestmark = pytest.mark.unit

encryption = KeyEncryption(bytes(range(32)))


@given(st.binary(max_size=64), st.text(max_size=40))
def test_what_was_wrapped_opens(secret, purpose):
    blob = encryption.wrap(secret, purpose)
    assert encryption.unwrap(blob, purpose) == secret
    assert encryption.wrap(secret, purpose) != blob


@given(st.binary(min_size=16, max_size=64), st.data())
def test_a_changed_blob_does_not_open(secret, data):
    blob = bytearray(encryption.wrap(secret, "data key:1"))
    blob[data.draw(st.integers(0, len(blob) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(WrongKeyEncryptionKey):
        encryption.unwrap(bytes(blob), "data key:1")


def test_a_blob_of_one_purpose_does_not_open_for_another():
    blob = encryption.wrap(b"secret", "data key:1")
    with pytest.raises(WrongKeyEncryptionKey, match=r"^cannot open a stored data key$"):
        encryption.unwrap(blob, "data key:2")


def test_another_key_does_not_open():
    with pytest.raises(WrongKeyEncryptionKey):
        KeyEncryption(os.urandom(32)).unwrap(encryption.wrap(b"secret", "a"), "a")


def test_subkeys_differ_by_purpose_and_are_stable():
    assert encryption.subkey("a") == KeyEncryption(bytes(range(32))).subkey("a")
    assert len({encryption.subkey("a"), encryption.subkey("b"), bytes(range(32))}) == 3


def test_a_key_is_read_from_base64():
    assert decode_key(base64.b64encode(bytes(range(32))).decode()) == bytes(range(32))


@pytest.mark.parametrize("text", ["", "not base64!", base64.b64encode(bytes(31)).decode(), "ü" * 44])
def test_anything_else_is_refused_without_repeating_it(text):
    with pytest.raises(ValueError, match="must be") as refused:
        decode_key(text)
    assert not text or text not in str(refused.value)


def test_a_key_of_another_size_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        KeyEncryption(bytes(16))
