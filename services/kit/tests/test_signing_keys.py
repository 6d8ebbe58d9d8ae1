"""Signing keys as services see them: cached, refreshed for a new key, kept while auth is away."""

import json

import pytest
from jwt.algorithms import OKPAlgorithm

from voicecbt.kit import signing_keys as module
from voicecbt.kit.errors import Unavailable
from voicecbt.kit.signing_keys import RemoteSigningKeys
from voicecbt.kit.testing.keys import TokenMint
from voicecbt.stubs.auth.v1 import auth_pb2

pytestmark = pytest.mark.unit


class Auth:
    """Serves the keys of its mints, counts the calls, and can be away."""

    def __init__(self, *mints: TokenMint) -> None:
        self.mints = list(mints)
        self.calls = 0
        self.away = False

    async def get(self, request: auth_pb2.GetSigningKeysRequest) -> auth_pb2.GetSigningKeysResponse:
        self.calls += 1
        if self.away:
            raise ConnectionError
        keys = [
            {**json.loads(OKPAlgorithm.to_jwk(mint.private_key.public_key())), "kid": mint.kid} for mint in self.mints
        ]
        return auth_pb2.GetSigningKeysResponse(jwks_json=json.dumps({"keys": [*keys, {"kty": "RSA", "kid": "r"}]}))


@pytest.fixture
def mint() -> TokenMint:
    return TokenMint()


async def test_a_key_is_fetched_once(mint):
    auth = Auth(mint)
    keys = RemoteSigningKeys(auth.get)
    assert [await keys.key(mint.kid) is not None for _ in range(3)] == [True] * 3
    assert auth.calls == 1


async def test_made_up_key_ids_do_not_flood_auth(mint):
    auth = Auth(mint)
    keys = RemoteSigningKeys(auth.get)
    assert [await keys.key(f"made-up-{n}") for n in range(50)] == [None] * 50
    assert auth.calls == 1


async def test_a_new_key_is_found_when_a_token_names_it(mint, monkeypatch):
    auth = Auth(mint)
    keys = RemoteSigningKeys(auth.get)
    await keys.key(mint.kid)
    auth.mints.append(rotated := TokenMint())
    monkeypatch.setattr(module, "UNKNOWN_KID_SECONDS", 0.0)
    assert await keys.key(rotated.kid) is not None


async def test_known_keys_outlive_an_auth_that_is_away(mint, monkeypatch):
    auth = Auth(mint)
    keys = RemoteSigningKeys(auth.get)
    await keys.key(mint.kid)
    auth.away = True
    monkeypatch.setattr(module, "REFRESH_SECONDS", 0.0)
    assert await keys.key(mint.kid) is not None


async def test_an_auth_that_is_away_is_not_asked_for_every_request(mint, monkeypatch):
    auth = Auth(mint)
    keys = RemoteSigningKeys(auth.get)
    await keys.key(mint.kid)
    auth.away = True
    keys._fetched_at -= module.REFRESH_SECONDS
    assert [await keys.key(mint.kid) is not None for _ in range(20)] == [True] * 20
    assert auth.calls == 2


async def test_without_any_key_the_caller_is_told_to_come_back(mint):
    auth = Auth(mint)
    auth.away = True
    with pytest.raises(Unavailable):
        await RemoteSigningKeys(auth.get).key(mint.kid)
