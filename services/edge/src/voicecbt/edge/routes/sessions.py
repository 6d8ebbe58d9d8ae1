"""Sessions and their turns. The conversation itself is in `converse`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from voicecbt.edge import examples
from voicecbt.edge.backends import Services
from voicecbt.edge.bodies import MessageBody
from voicecbt.edge.conversion import respond
from voicecbt.edge.credentials import Person
from voicecbt.edge.idempotency import IdempotencyKey
from voicecbt.edge.limits import REST_TIMEOUT_SECONDS
from voicecbt.edge.openapi import READING, WRITING, answers
from voicecbt.edge.parameters import PageToken, SessionId, TurnId
from voicecbt.stubs.session.v1 import session_pb2

router = APIRouter(tags=["sessions"])

URL = "/api/v1/sessions"
ONE_URL = URL + "/{session_id}"

START = MessageBody(
    session_pb2.StartSessionRequest,
    {"session_type": "SESSION_TYPE_VOICE", "therapeutic_goals": ["Sleep through the night"]},
    without={"idempotency_key"},
)
RATE = MessageBody(session_pb2.RateTurnRequest, {"satisfaction": 4}, without={"session_id", "turn_id"})


@router.post(
    URL,
    summary="Start a session",
    status_code=201,
    responses=answers(session_pb2.StartSessionResponse(session=examples.SESSION), *WRITING, status=201),
    openapi_extra=START.openapi(),
)
async def start_session(
    services: Services,
    person: Person,
    key: IdempotencyKey,
    body: Annotated[session_pb2.StartSessionRequest, Depends(START)],
) -> Response:
    """The same key gives the same session."""
    body.idempotency_key = key
    answer = await services.session.StartSession(body, metadata=person.metadata(), timeout=REST_TIMEOUT_SECONDS)
    return respond(answer, 201)


@router.get(
    URL,
    summary="Your sessions, newest first",
    responses=answers(session_pb2.ListSessionsResponse(sessions=[examples.SESSION]), *READING),
)
async def list_sessions(
    services: Services,
    person: Person,
    page_size: Annotated[int, Query(ge=1, le=100)] = 20,
    page_token: PageToken = "",
) -> Response:
    """Without their turns."""
    request = session_pb2.ListSessionsRequest(page_size=page_size, page_token=page_token)
    return respond(
        await services.session.ListSessions(request, metadata=person.metadata(), timeout=REST_TIMEOUT_SECONDS)
    )


@router.get(
    ONE_URL,
    summary="A session with its turns",
    responses=answers(session_pb2.GetSessionResponse(session=examples.SESSION, turns=[examples.TURN]), 404, *READING),
)
async def get_session(services: Services, person: Person, session_id: SessionId) -> Response:
    """404 for an unknown session and for somebody else's alike."""
    request = session_pb2.GetSessionRequest(session_id=session_id)
    return respond(await services.session.GetSession(request, metadata=person.metadata(), timeout=REST_TIMEOUT_SECONDS))


@router.post(
    ONE_URL + "/end",
    summary="End a session",
    responses=answers(session_pb2.EndSessionResponse(session=examples.SESSION), 404, *WRITING),
)
async def end_session(services: Services, person: Person, _key: IdempotencyKey, session_id: SessionId) -> Response:
    """Ending it again changes nothing."""
    request = session_pb2.EndSessionRequest(session_id=session_id)
    return respond(await services.session.EndSession(request, metadata=person.metadata(), timeout=REST_TIMEOUT_SECONDS))


@router.post(
    ONE_URL + "/turns/{turn_id}/rating",
    summary="Say how helpful a reply was",
    responses=answers(session_pb2.RateTurnResponse(), 404, *WRITING),
    openapi_extra=RATE.openapi(),
)
async def rate_turn(
    services: Services,
    person: Person,
    _key: IdempotencyKey,
    session_id: SessionId,
    turn_id: TurnId,
    body: Annotated[session_pb2.RateTurnRequest, Depends(RATE)],
) -> Response:
    """1 (not at all) to 5 (very); the last rating counts."""
    body.session_id, body.turn_id = session_id, turn_id
    return respond(await services.session.RateTurn(body, metadata=person.metadata(), timeout=REST_TIMEOUT_SECONDS))
