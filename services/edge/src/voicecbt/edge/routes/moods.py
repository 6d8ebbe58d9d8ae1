"""The mood journal."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime
from starlette.responses import Response

from voicecbt.edge import examples
from voicecbt.edge.backends import Services
from voicecbt.edge.bodies import MessageBody
from voicecbt.edge.conversion import respond
from voicecbt.edge.credentials import Person
from voicecbt.edge.idempotency import IdempotencyKey
from voicecbt.edge.limits import REST_TIMEOUT_SECONDS
from voicecbt.edge.openapi import READING, WRITING, answers
from voicecbt.edge.parameters import MoodId, PageToken, timestamp
from voicecbt.stubs.journal.v1 import journal_pb2

router = APIRouter(tags=["moods"])

URL = "/api/v1/moods"

RECORD = MessageBody(
    journal_pb2.RecordMoodRequest,
    {"mood": {"mood_score": 6, "emotions": {"joy": 0.5}, "context": "work", "sleep_quality": 4}},
    without={"idempotency_key"},
)


@router.post(
    URL,
    summary="Record a mood",
    status_code=201,
    responses=answers(journal_pb2.RecordMoodResponse(mood=examples.MOOD), *WRITING, status=201),
    openapi_extra=RECORD.openapi(),
)
async def record_mood(
    services: Services,
    person: Person,
    key: IdempotencyKey,
    body: Annotated[journal_pb2.RecordMoodRequest, Depends(RECORD)],
) -> Response:
    """The same key gives the same entry."""
    body.idempotency_key = key
    answer = await services.journal.RecordMood(body, metadata=person.metadata(), timeout=REST_TIMEOUT_SECONDS)
    return respond(answer, 201)


@router.get(
    URL,
    summary="Your moods, newest first",
    responses=answers(journal_pb2.ListMoodsResponse(moods=[examples.MOOD]), *READING),
)
async def list_moods(
    services: Services,
    person: Person,
    earliest: Annotated[AwareDatetime | None, Query(alias="from", description="RFC 3339, inclusive.")] = None,
    latest: Annotated[AwareDatetime | None, Query(alias="to", description="RFC 3339, exclusive.")] = None,
    page_size: Annotated[int, Query(ge=1, le=200)] = 50,
    page_token: PageToken = "",
) -> Response:
    """All of them when no times are given."""
    request = journal_pb2.ListMoodsRequest(page_size=page_size, page_token=page_token, to=timestamp("to", latest))
    if since := timestamp("from", earliest):
        getattr(request, "from").CopyFrom(since)  # A Python keyword.
    return respond(await services.journal.ListMoods(request, metadata=person.metadata(), timeout=REST_TIMEOUT_SECONDS))


@router.delete(
    URL + "/{mood_id}",
    summary="Delete a mood",
    responses=answers(journal_pb2.DeleteMoodResponse(), 404, *WRITING),
)
async def delete_mood(services: Services, person: Person, _key: IdempotencyKey, mood_id: MoodId) -> Response:
    """404 for an unknown entry and for somebody else's alike."""
    request = journal_pb2.DeleteMoodRequest(mood_id=mood_id)
    return respond(await services.journal.DeleteMood(request, metadata=person.metadata(), timeout=REST_TIMEOUT_SECONDS))
