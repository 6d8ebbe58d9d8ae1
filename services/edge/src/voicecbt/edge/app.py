"""The application: routes, middleware and what turns errors into problem documents."""

import asyncio
from pathlib import Path

import grpc
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from voicecbt.edge import converse
from voicecbt.edge.backends import Backends
from voicecbt.edge.conversations import Conversations
from voicecbt.edge.conversion import MAX_ERRORS, field_path
from voicecbt.edge.frontend import Frontend
from voicecbt.edge.limits import MAX_UPLOADS_AT_ONCE
from voicecbt.edge.middleware.body_limits import BodyLimits
from voicecbt.edge.middleware.observation import Observation
from voicecbt.edge.middleware.security_headers import SecurityHeaders
from voicecbt.edge.openapi import URL, describe
from voicecbt.edge.problems import FieldProblem, Problem, from_grpc, to_response
from voicecbt.edge.routes import auth, health, insights, jwks, moods, profile, sessions, speech
from voicecbt.edge.settings import Settings

ROUTERS = [
    auth.router,
    profile.router,
    sessions.router,
    moods.router,
    insights.router,
    speech.router,
    health.router,
    jwks.router,
]

HTTP_DETAILS = {404: "There is nothing at this address.", 405: "This address does not take that method."}


def make_app(settings: Settings, backends: Backends) -> FastAPI:
    """The ASGI application. No interactive documentation is served: it would need scripts from elsewhere."""
    app = FastAPI(
        title="Voice CBT",
        version="1",
        openapi_url=URL,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        # FastAPI's own spans hold addresses and queries; ours, in `Observation`, do not.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.settings = settings
    app.state.backends = backends
    app.state.conversations = Conversations()
    app.state.readiness = health.Readiness()
    app.state.upload_slots = asyncio.Semaphore(MAX_UPLOADS_AT_ONCE)
    _add_errors(app)
    for layer in (BodyLimits, Observation, SecurityHeaders):  # The last added is the outermost.
        app.add_middleware(layer)
    for router in (*ROUTERS, converse.router):
        app.include_router(router)
    app.openapi = describe(app, ROUTERS)  # type: ignore[method-assign]
    _add_frontend(app, settings.frontend_dir)
    return app


def _add_frontend(app: FastAPI, folder: Path | None) -> None:
    if folder is not None:
        app.mount("/", Frontend(directory=folder, html=True), name="frontend")


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(Problem)
    async def on_problem(request: Request, problem: Problem) -> Response:
        return to_response(problem, request.url.path)

    @app.exception_handler(grpc.aio.AioRpcError)
    async def on_service_error(request: Request, error: grpc.aio.AioRpcError) -> Response:
        return to_response(from_grpc(error), request.url.path)

    @app.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, error: RequestValidationError) -> Response:
        return to_response(of_parameters(error), request.url.path)

    @app.exception_handler(HTTPException)
    async def on_http_error(request: Request, error: HTTPException) -> Response:
        problem = Problem(error.status_code, HTTP_DETAILS.get(error.status_code, str(error.detail)))
        response = to_response(problem, request.url.path)
        response.headers.update(error.headers or {})
        return response


def of_parameters(error: RequestValidationError) -> Problem:
    """Path, query and header findings as a problem document, without the values that were sent."""
    errors = [
        FieldProblem(field=field_path(item["loc"][1:]), message=item["msg"]) for item in error.errors()[:MAX_ERRORS]
    ]
    return Problem(400, "; ".join(f"{item.field}: {item.message}" for item in errors[:3]), errors)
