"""The OpenAPI 3.1 document. Schemas come from the protos; routes add summaries, examples and their problems."""

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import cast

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from google.protobuf.message import Message
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from voicecbt.edge.bodies import CheckedBody
from voicecbt.edge.conversion import Json, to_json
from voicecbt.edge.problems import MEDIA_TYPE, ProblemDocument, problem_type
from voicecbt.edge.schemas import response_model

URL = "/api/v1/openapi.json"

DESCRIPTION = """
Self-help support with CBT techniques; not therapy, not for emergencies.

Bodies are the platform's proto messages as JSON with snake_case names. Unknown fields are refused. Errors are problem
documents (RFC 9457). Every write but those under `/api/v1/auth` needs an `Idempotency-Key`.

The conversation is a WebSocket at `/api/v1/sessions/{session_id}/converse`, which OpenAPI cannot describe. Subprotocol
`voicecbt.v1.proto` carries `voicecbt.session.v1.ConverseRequest` and `ConverseResponse` as binary messages,
`voicecbt.v1.json` the same as JSON text. The first message is `open`. It closes with 1000 at the end (also when idle
for 5 minutes, or when the session was opened elsewhere), 1003 for a message that is none of these, 1008 for a token
that is not valid (any more) or a message that breaks the rules, 1009 for one over 64 KiB, 1011 for an error of ours,
1012 for a restart (reconnect), 1013 to try again later, 4404 for a session that is unknown, somebody else's or over.
"""

# Which problems a route can answer with, besides those of every route.
EVERY_ROUTE = (429, 500, 503, 504)
FOR_A_PERSON = (401, 403, *EVERY_ROUTE)
READING = (400, *FOR_A_PERSON)
WRITING = (400, 413, 415, *FOR_A_PERSON)

Answers = dict[int | str, dict[str, object]]


def answers(example: Message, *problems: int, status: int = 200) -> Answers:
    """The `responses` of a route that answers with the message, whose model is its JSON schema."""
    described = {
        "model": response_model(example.DESCRIPTOR),
        "description": HTTPStatus(status).phrase,
        "content": {"application/json": {"example": to_json(example)}},
    }
    return {status: described, **problem_answers(*problems)}


def problem_answers(*statuses: int) -> Answers:
    """The `responses` of a route's problems."""
    return {status: _problem_answer(status) for status in sorted(set(statuses))}


def _problem_answer(status: int) -> dict[str, object]:
    phrase = HTTPStatus(status).phrase
    example = {
        "type": problem_type(status),
        "title": phrase,
        "status": status,
        "detail": "...",
        "instance": "/api/v1/...",
    }
    schema = {"$ref": f"#/components/schemas/{ProblemDocument.__name__}"}
    answer: dict[str, object] = {"description": phrase, "content": {MEDIA_TYPE: {"schema": schema, "example": example}}}
    if status in (429, 503):
        seconds = {"schema": {"type": "integer"}, "description": "Seconds after which trying again makes sense."}
        answer["headers"] = {"Retry-After": seconds}
    return answer


def describe(app: FastAPI, routers: Iterable[APIRouter]) -> Callable[[], dict[str, object]]:
    """Replaces `app.openapi`: made once, with the schemas of request bodies and problems among the components."""

    def document() -> dict[str, object]:
        if app.openapi_schema is None:
            made = get_openapi(title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes)
            schemas = made.setdefault("components", {}).setdefault("schemas", {})
            schemas.update(_schemas([ProblemDocument, *_request_models(routers)]))
            _drop_fastapi_errors(made)
            app.openapi_schema = made
        return app.openapi_schema

    return document


def _drop_fastapi_errors(made: dict[str, dict[str, dict[str, dict[str, dict[str, object]]]]]) -> None:
    """FastAPI documents a 422 of its own shape, which never happens here: bad parameters are a 400 problem."""
    for operations in made["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
    for name in ("HTTPValidationError", "ValidationError"):
        made["components"]["schemas"].pop(name, None)


def _schemas(models: Iterable[type[BaseModel]]) -> Mapping[str, Json]:
    pairs = [(model, "validation") for model in {model.__name__: model for model in models}.values()]
    _, made = models_json_schema(pairs, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    return cast("Mapping[str, Json]", made["$defs"])


def _request_models(routers: Iterable[APIRouter]) -> Iterable[type[BaseModel]]:
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute):
                yield from _models_of(route.dependant)


def _models_of(dependant: Dependant) -> Iterable[type[BaseModel]]:
    if isinstance(dependant.call, CheckedBody):
        yield dependant.call.model
    for needed in dependant.dependencies:
        yield from _models_of(needed)
