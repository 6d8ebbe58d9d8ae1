"""Whether the edge is alive, and whether the platform behind it can serve."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import grpc
from fastapi import APIRouter, Request
from grpc_health.v1 import health_pb2
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from voicecbt.edge.backends import Backends, Services
from voicecbt.edge.limits import HEALTH_TIMEOUT_SECONDS
from voicecbt.edge.openapi import problem_answers
from voicecbt.edge.problems import Problem

router = APIRouter(tags=["health"])

CACHE_SECONDS = 1.0  # Anybody may ask; this is how often the services are, at most.
RETRY_SECONDS = 2
SERVING = health_pb2.HealthCheckResponse.SERVING


class Health(BaseModel):
    """Alive, or ready: anything else is a problem document."""

    status: str


@dataclass(slots=True)
class Readiness:
    """What the services said last."""

    asked_at: float = float("-inf")
    states: Mapping[str, str] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def check(self, backends: Backends) -> Mapping[str, str]:
        """The state of every service that is not serving, by name; empty when all are."""
        async with self.lock:
            if time.monotonic() - self.asked_at > CACHE_SECONDS:
                found = await asyncio.gather(*(_state(backends, name) for name in backends.health))
                self.states = dict(zip(backends.health, found, strict=True))
                self.asked_at = time.monotonic()
        return {name: state for name, state in self.states.items() if state != "serving"}


async def _state(backends: Backends, name: str) -> str:
    try:
        answer = await backends.health[name].Check(health_pb2.HealthCheckRequest(), timeout=HEALTH_TIMEOUT_SECONDS)
    except grpc.aio.AioRpcError as error:
        return "timeout" if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED else "unreachable"
    return "serving" if answer.status == SERVING else "not_serving"


@router.get("/healthz", summary="Is the edge alive?", response_model=Health)
async def alive() -> Response:
    """Says nothing about the services behind it."""
    return JSONResponse({"status": "alive"}, headers={"cache-control": "no-store"})


@router.get(
    "/readyz",
    summary="Are all services ready?",
    response_model=Health,
    responses={**problem_answers(503)},
)
async def ready(request: Request, services: Services) -> Response:
    """503 names each service that is not ready, in `services`."""
    if request.app.state.conversations.draining.is_set():
        raise _not_ready({"edge": "draining"})
    missing = await request.app.state.readiness.check(services)
    if missing:
        raise _not_ready(missing)
    return JSONResponse({"status": "ready"}, headers={"cache-control": "no-store"})


def _not_ready(missing: Mapping[str, str]) -> Problem:
    detail = "Not ready: " + ", ".join(sorted(missing))
    return Problem(503, detail, services=missing, retry_after_seconds=RETRY_SECONDS)
