"""The public keys of access tokens, for Envoy and for anybody who verifies one."""

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from voicecbt.edge.backends import Services
from voicecbt.edge.limits import REST_TIMEOUT_SECONDS
from voicecbt.edge.openapi import EVERY_ROUTE, problem_answers
from voicecbt.stubs.auth.v1 import auth_pb2

router = APIRouter(tags=["keys"])

URL = "/.well-known/jwks.json"
MEDIA_TYPE = "application/jwk-set+json"
CACHE_SECONDS = 60  # A new key is listed by auth well before it signs, and a retired one stays until its tokens expire.


class KeySet(BaseModel):
    """RFC 7517."""

    keys: list[dict[str, str]]


@router.get(
    URL,
    summary="The keys that sign access tokens",
    response_class=Response,
    responses={
        200: {"description": "A JWK set.", "content": {MEDIA_TYPE: {"schema": KeySet.model_json_schema()}}},
        **problem_answers(*EVERY_ROUTE),
    },
)
async def signing_keys(services: Services) -> Response:
    """A JSON Web Key Set (RFC 7517)."""
    answer = await services.keys.GetSigningKeys(auth_pb2.GetSigningKeysRequest(), timeout=REST_TIMEOUT_SECONDS)
    headers = {"cache-control": f"public, max-age={CACHE_SECONDS}"}
    return Response(answer.jwks_json, media_type=MEDIA_TYPE, headers=headers)
