"""The signed-in person's own account."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from voicecbt.edge import cookies, examples
from voicecbt.edge.backends import Services
from voicecbt.edge.bodies import MessageBody
from voicecbt.edge.conversion import respond
from voicecbt.edge.credentials import Person
from voicecbt.edge.idempotency import IdempotencyKey
from voicecbt.edge.limits import REST_TIMEOUT_SECONDS
from voicecbt.edge.openapi import FOR_A_PERSON, WRITING, answers
from voicecbt.stubs.auth.v1 import auth_pb2

router = APIRouter(tags=["profile"])

URL = "/api/v1/me"

UPDATE = MessageBody(
    auth_pb2.UpdateProfileRequest,
    {
        "profile": {
            "first_name": "Robin",
            "timezone": "Europe/Berlin",
            "preferences": {"patience": "PATIENCE_PATIENT"},
        }
    },
)
ERASE = MessageBody(auth_pb2.EraseAccountRequest, {"password": "correct horse battery staple"})


@router.get(
    URL, summary="Your account", responses=answers(auth_pb2.GetProfileResponse(profile=examples.PROFILE), *FOR_A_PERSON)
)
async def get_profile(services: Services, person: Person) -> Response:
    """Name, email, time zone, country and preferences."""
    request = auth_pb2.GetProfileRequest()
    return respond(await services.auth.GetProfile(request, metadata=person.metadata(), timeout=REST_TIMEOUT_SECONDS))


@router.patch(
    URL,
    summary="Change your account",
    responses=answers(auth_pb2.UpdateProfileResponse(profile=examples.PROFILE), *WRITING),
    openapi_extra=UPDATE.openapi(),
)
async def update_profile(
    services: Services,
    person: Person,
    _key: IdempotencyKey,
    body: Annotated[auth_pb2.UpdateProfileRequest, Depends(UPDATE)],
) -> Response:
    """Replaces name, date of birth, gender, time zone, country and preferences; other fields are ignored."""
    return respond(await services.auth.UpdateProfile(body, metadata=person.metadata(), timeout=REST_TIMEOUT_SECONDS))


@router.delete(
    URL,
    summary="Erase your account and everything in it",
    responses=answers(auth_pb2.EraseAccountResponse(), *WRITING),
    openapi_extra=ERASE.openapi(),
)
async def erase_account(
    request: Request,
    services: Services,
    person: Person,
    _key: IdempotencyKey,
    body: Annotated[auth_pb2.EraseAccountRequest, Depends(ERASE)],
) -> Response:
    """Asks for the password again. Cannot be undone."""
    answer = await services.auth.EraseAccount(body, metadata=person.metadata(), timeout=REST_TIMEOUT_SECONDS)
    response = respond(answer)
    cookies.clear_tokens(response, secure=cookies.came_by_https(request))
    return response
