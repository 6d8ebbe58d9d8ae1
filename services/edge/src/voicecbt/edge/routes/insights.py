"""What moods and sessions say over time."""

from fastapi import APIRouter
from starlette.responses import Response

from voicecbt.edge import examples
from voicecbt.edge.backends import Services
from voicecbt.edge.conversion import respond
from voicecbt.edge.credentials import Person
from voicecbt.edge.limits import REST_TIMEOUT_SECONDS
from voicecbt.edge.openapi import READING, answers
from voicecbt.edge.parameters import Days, TimeZone
from voicecbt.stubs.insights.v1 import insights_pb2

router = APIRouter(tags=["insights"])


@router.get(
    "/api/v1/insights/mood-trend",
    summary="Your mood by day",
    responses=answers(insights_pb2.GetMoodTrendResponse(points=[examples.MOOD_POINT]), *READING),
)
async def mood_trend(services: Services, person: Person, days: Days = 30, timezone: TimeZone = "") -> Response:
    """One point for each day with entries, oldest first."""
    request = insights_pb2.GetMoodTrendRequest(days=days, timezone=timezone)
    return respond(
        await services.insights.GetMoodTrend(request, metadata=person.metadata(), timeout=REST_TIMEOUT_SECONDS)
    )


@router.get(
    "/api/v1/insights/sessions",
    summary="Your sessions by day",
    responses=answers(insights_pb2.GetSessionCountsResponse(points=[examples.SESSION_POINT]), *READING),
)
async def session_counts(services: Services, person: Person, days: Days = 30, timezone: TimeZone = "") -> Response:
    """One point for each day with sessions, oldest first."""
    request = insights_pb2.GetSessionCountsRequest(days=days, timezone=timezone)
    return respond(
        await services.insights.GetSessionCounts(request, metadata=person.metadata(), timeout=REST_TIMEOUT_SECONDS)
    )
