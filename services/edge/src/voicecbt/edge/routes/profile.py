"""The signed-in person's own account."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.responses import Response

from voicecbt.edge import cookies, examples
from voicecbt.edge.backends import Services
from voicecbt.edge.bodies import CheckedBody, MessageBody
from voicecbt.edge.conversion import respond, to_message
from voicecbt.edge.credentials import Person, client_address
from voicecbt.edge.idempotency import IdempotencyKey
from voicecbt.edge.limits import REST_TIMEOUT_SECONDS
from voicecbt.edge.openapi import FOR_A_PERSON, WRITING, answers
from voicecbt.edge.problems import invalid
from voicecbt.edge.schemas import request_model
from voicecbt.stubs.auth.v1 import auth_pb2

router = APIRouter(tags=["profile"])

URL = "/api/v1/me"

MASK = "update_mask"  # Follows from which fields the document holds, as PATCH means it.
UPDATE = CheckedBody(
    request_model(auth_pb2.UpdateProfileRequest.DESCRIPTOR, frozenset({MASK})),
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
    body: Annotated[BaseModel, Depends(UPDATE)],
) -> Response:
    """Changes those of name, date of birth, gender, time zone, country and preferences that are sent."""
    message = to_message(auth_pb2.UpdateProfileRequest, body)
    message.update_mask.paths.extend(_told(body))
    return respond(await services.auth.UpdateProfile(message, metadata=person.metadata(), timeout=REST_TIMEOUT_SECONDS))


def _told(body: BaseModel) -> Sequence[str]:
    """The fields that the document holds. Raises Problem 400 when there are none."""
    profile = body.model_dump(by_alias=True, exclude_unset=True)["profile"]
    preferences = profile.pop("preferences", {})
    paths = [*profile, *(f"preferences.{name}" for name in preferences)]
    if not paths:
        raise invalid("profile", "name at least one field to change")
    return paths


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
    answer = await services.auth.EraseAccount(
        body, metadata=[*person.metadata(), *client_address(request)], timeout=REST_TIMEOUT_SECONDS
    )
    response = respond(answer)
    cookies.clear_tokens(response, secure=cookies.came_by_https(request))
    return response
