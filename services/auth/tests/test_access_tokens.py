"""What an access token says, and which tokens are refused, over gRPC."""

import base64
import hmac
import json
import time
from datetime import timedelta

import grpc
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from voicecbt.kit.testing.keys import SERVICE_SECRET
from voicecbt.stubs.auth.v1 import auth_pb2

pytestmark = pytest.mark.integration


@pytest.fixture
async def person(auth):
    return await auth.register()


@pytest.fixture
async def jwks(auth):
    response = await auth.keys.GetSigningKeys(auth_pb2.GetSigningKeysRequest())
    return json.loads(response.jwks_json)["keys"]


@pytest.fixture
def claims(person):
    """The claims of a good token, to forge others from."""
    return jwt.decode(person.tokens.access_token, options={"verify_signature": False})


async def refusal(auth, token):
    """The status of asking for a profile with that token."""
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await auth.profile((("authorization", f"Bearer {token}"),))
    return refused.value.code()


def encoded(part):
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


async def test_a_token_verifies_with_the_published_keys_alone(auth, person, jwks):
    header = jwt.get_unverified_header(person.tokens.access_token)
    assert header["alg"] == "EdDSA"
    (key,) = [key for key in jwks if key["kid"] == header["kid"]]
    assert (key["kty"], key["crv"], key["use"], key["alg"]) == ("OKP", "Ed25519", "sig", "EdDSA")
    assert "d" not in key
    claims = jwt.decode(
        person.tokens.access_token, jwt.PyJWK(key), algorithms=["EdDSA"], audience="voicecbt", issuer="voicecbt"
    )
    assert claims["sub"] == person.profile.user_id
    assert claims["roles"] == ["user"]
    assert claims["exp"] - claims["iat"] == timedelta(minutes=30).total_seconds()
    assert claims["exp"] == person.tokens.access_expires_at.seconds
    assert claims["sid"] and claims["jti"]
    lifetime = person.tokens.refresh_expires_at.seconds - claims["iat"]
    assert lifetime == timedelta(days=7).total_seconds()


async def test_without_a_token_nothing_is_told(auth):
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await auth.profile(())
    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_an_expired_token_is_refused(auth, person, clock):
    assert (await auth.profile(person.metadata)).email == person.email
    clock.offset = -timedelta(minutes=31)
    stale = await auth.sign_in(person.email)
    assert await refusal(auth, stale.tokens.access_token) is grpc.StatusCode.UNAUTHENTICATED


async def test_a_token_with_a_changed_payload_is_refused(auth, person, claims):
    header, _, signature = person.tokens.access_token.split(".")
    forged = f"{header}.{encoded({**claims, 'roles': ['operator']})}.{signature}"
    assert await refusal(auth, forged) is grpc.StatusCode.UNAUTHENTICATED


async def test_a_token_signed_by_another_key_is_refused(auth, claims, jwks):
    forged = jwt.encode(claims, Ed25519PrivateKey.generate(), "EdDSA", headers={"kid": jwks[0]["kid"]})
    assert await refusal(auth, forged) is grpc.StatusCode.UNAUTHENTICATED
    unknown = jwt.encode(claims, Ed25519PrivateKey.generate(), "EdDSA", headers={"kid": "unknown"})
    assert await refusal(auth, unknown) is grpc.StatusCode.UNAUTHENTICATED


async def test_an_unsigned_token_is_refused(auth, claims, jwks):
    for algorithm in ("none", "None", "NONE"):
        header = {"alg": algorithm, "typ": "JWT", "kid": jwks[0]["kid"]}
        assert await refusal(auth, f"{encoded(header)}.{encoded(claims)}.") is grpc.StatusCode.UNAUTHENTICATED


async def test_a_public_key_is_not_taken_for_a_shared_secret(auth, claims, jwks):
    public = base64.urlsafe_b64decode(jwks[0]["x"] + "=")
    for secret in (public, jwks[0]["x"].encode(), json.dumps(jwks[0]).encode()):
        signed = f"{encoded({'alg': 'HS256', 'typ': 'JWT', 'kid': jwks[0]['kid']})}.{encoded(claims)}"
        mac = hmac.new(secret, signed.encode(), "sha256").digest()
        forged = f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
        assert await refusal(auth, forged) is grpc.StatusCode.UNAUTHENTICATED


@pytest.mark.parametrize(("name", "value"), [("token_audience", "another"), ("token_issuer", "another")])
async def test_a_token_of_another_platform_is_refused(auth, serve, settings, clock, person, name, value):
    async with serve(settings.model_copy(update={name: value}), clock) as other:
        foreign = (await other.sign_in(person.email)).tokens.access_token
        assert (await other.profile((("authorization", f"Bearer {foreign}"),))).email == person.email
    assert await refusal(auth, foreign) is grpc.StatusCode.UNAUTHENTICATED


async def test_a_person_is_not_a_service_and_a_service_is_not_a_person(auth, person, claims):
    request = auth_pb2.GetDataKeyRequest(user_id=person.profile.user_id)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await auth.keys.GetDataKey(request, metadata=person.metadata)
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await auth.profile(auth.as_service())
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
    service_like = jwt.encode({**claims, "exp": int(time.time()) + 60}, SERVICE_SECRET, "HS256")
    assert await refusal(auth, service_like) is grpc.StatusCode.UNAUTHENTICATED


async def test_a_stale_token_keeps_nobody_from_signing_in(auth, person):
    assert (await auth.sign_in(person.email, authorization="Bearer rubbish")).profile.email == person.email
