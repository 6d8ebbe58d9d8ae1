"""Gets to know the person of a conversation: their profile, or what stands in for it."""

import asyncio
from uuid import UUID

import structlog

from voicecbt.kit import metrics
from voicecbt.session.ports import PortFailed, Profiles
from voicecbt.session.profile import UNKNOWN, Profile

log = structlog.get_logger(__name__)


async def acquaint(profiles: Profiles, user_id: UUID, seconds: float) -> Profile:
    """The person's profile, or UNKNOWN when it is not there within `seconds`. Never fails."""
    try:
        async with asyncio.timeout(seconds):
            return await profiles.profile_of(user_id)
    except TimeoutError:
        status = "DEADLINE_EXCEEDED"
    except PortFailed as error:
        status = error.status
    log.warning("profile not known", status=status)
    metrics.errors.labels(error_type=f"profile_{status.lower()}", service="session").inc()
    return UNKNOWN
