"""Signing keys: one for any number of replicas, announced before use, retired, forgotten, wrapped."""

import asyncio
import base64
import json
import os
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from sqlalchemy import text

from voicecbt.auth.key_encryption import KeyEncryption, WrongKeyEncryptionKey
from voicecbt.auth.signing_keys import RotationPolicy, SigningKeyRing, thumbprint
from voicecbt.stubs.auth.v1 import auth_pb2

pytestmark = pytest.mark.integration

START = datetime(2026, 1, 1, tzinfo=UTC)
POLICY = RotationPolicy(timedelta(days=30), timedelta(hours=1), timedelta(minutes=30))
ENCRYPTION = KeyEncryption(os.urandom(32))


class SetClock:
    now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def set_clock():
    return SetClock()


@pytest.fixture
async def empty(database):
    async with database.transaction() as session:
        await session.execute(text("TRUNCATE auth.signing_keys"))
    return database


def ring_of(database, clock, encryption=ENCRYPTION):
    return SigningKeyRing(database, encryption, POLICY, clock)


def kids(ring):
    return [key["kid"] for key in json.loads(ring.jwks())["keys"]]


async def test_replicas_that_start_at_once_make_one_key(empty, set_clock):
    rings = [ring_of(empty, set_clock) for _ in range(6)]
    await asyncio.gather(*(ring.refresh() for ring in rings))
    assert len({ring.signer().kid for ring in rings}) == 1
    assert all(len(kids(ring)) == 1 for ring in rings)


async def test_two_services_that_start_at_once_accept_each_others_tokens(empty, serve, settings, clock):
    async with serve(settings, clock) as one, serve(settings, clock) as other:
        person = await one.register()
        assert (await other.profile(person.metadata)).email == person.email
        request = auth_pb2.GetSigningKeysRequest()
        published = [(await each.keys.GetSigningKeys(request)).jwks_json for each in (one, other)]
    assert published[0] == published[1]


async def test_a_successor_is_announced_then_used_and_the_old_key_is_kept_until_its_tokens_are_over(empty, set_clock):
    ring = ring_of(empty, set_clock)
    await ring.refresh()
    first = ring.signer().kid

    set_clock.now = START + timedelta(days=30) - timedelta(minutes=61)
    await ring.refresh()
    assert kids(ring) == [first]

    set_clock.now = START + timedelta(days=30) - timedelta(minutes=59)
    await ring.refresh()
    assert len(kids(ring)) == 2
    assert ring.signer().kid == first
    (second,) = set(kids(ring)) - {first}

    set_clock.now += timedelta(hours=1)
    await ring.refresh()
    assert ring.signer().kid == second
    assert set(kids(ring)) == {first, second}

    set_clock.now += POLICY.token_lifetime + timedelta(minutes=9)
    await ring.refresh()
    assert await ring.key(first) is not None
    set_clock.now += timedelta(minutes=2)
    await ring.refresh()
    assert kids(ring) == [second]
    assert await ring.key(first) is None


async def test_a_retired_private_key_is_destroyed_at_once(empty, set_clock):
    ring = ring_of(empty, set_clock)
    await ring.refresh()
    for days in (30, 31):
        set_clock.now = START + timedelta(days=days)
        await ring.refresh()
    async with empty.transaction() as session:
        query = text("SELECT wrapped_private_key FROM auth.signing_keys WHERE retired_at IS NOT NULL")
        assert (await session.scalars(query)).all() == [None]


async def test_private_keys_are_stored_wrapped(empty, set_clock):
    ring = ring_of(empty, set_clock)
    await ring.refresh()
    secret = ring.signer().private_key.private_bytes_raw()
    async with empty.transaction() as session:
        blob = await session.scalar(text("SELECT wrapped_private_key FROM auth.signing_keys"))
    assert secret not in blob
    assert secret.hex() not in repr(ring.signer())


async def test_another_key_encryption_key_is_refused_at_start(empty, set_clock):
    await ring_of(empty, set_clock).refresh()
    with pytest.raises(WrongKeyEncryptionKey, match="signing key"):
        await ring_of(empty, set_clock, KeyEncryption(os.urandom(32))).refresh()


async def test_a_key_is_named_by_its_thumbprint(empty, set_clock):
    ring = ring_of(empty, set_clock)
    await ring.refresh()
    (key,) = json.loads(ring.jwks())["keys"]
    public = base64.urlsafe_b64decode(key["x"] + "=")
    assert key["kid"] == thumbprint(public) == ring.signer().kid
    token = jwt.encode({"sub": "x"}, ring.signer().private_key, "EdDSA")
    assert jwt.decode(token, await ring.key(key["kid"]), ["EdDSA"]) == {"sub": "x"}


def test_a_thumbprint_is_that_of_rfc_8037():
    # RFC 8037, appendix A.3.
    public = base64.urlsafe_b64decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
    assert thumbprint(public) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
