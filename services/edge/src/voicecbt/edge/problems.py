"""Problem documents (RFC 9457): the one shape in which the edge, and Envoy in front of it, report errors."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from http import HTTPStatus

import grpc
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"

# What a person is told when the cause is ours: a service's own words could name hosts or hold data.
OUR_FAULT = "Something went wrong on our side. Please try again."
NOT_ANSWERING = "A part of the service is not answering. Please try again shortly."

DEFAULT_RETRY_SECONDS = 1

HTTP_STATUS: Mapping[grpc.StatusCode, int] = {
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.OUT_OF_RANGE: 400,
    grpc.StatusCode.UNAUTHENTICATED: 401,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.ALREADY_EXISTS: 409,
    grpc.StatusCode.FAILED_PRECONDITION: 409,
    grpc.StatusCode.ABORTED: 409,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.UNIMPLEMENTED: 501,
    grpc.StatusCode.UNAVAILABLE: 503,
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
}


class FieldProblem(BaseModel):
    """One field that was refused."""

    model_config = ConfigDict(frozen=True)

    field: str = Field(description="Dotted path of the field, or the name of the parameter or header.")
    message: str = Field(description="What is wrong with it.")


class ProblemDocument(BaseModel):
    """An error, as RFC 9457 has it, with our extensions."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:voicecbt:problem:bad-request",
                    "title": "Bad Request",
                    "status": 400,
                    "detail": "mood.mood_score: Input should be less than or equal to 10",
                    "instance": "/api/v1/moods",
                    "errors": [{"field": "mood.mood_score", "message": "Input should be less than or equal to 10"}],
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FieldProblem] | None = Field(None, description="The fields that were refused.")
    reason: str | None = Field(None, description="A stable upper-case word for programs, such as TOKEN_EXPIRED.")
    retry_after_seconds: int | None = Field(None, description="When trying again makes sense.")
    services: dict[str, str] | None = Field(None, description="Only of /readyz: the services that are not ready.")


@dataclass(eq=False)  # Not frozen: Python itself sets the traceback of an exception that passes a context manager.
class Problem(Exception):
    """Raised anywhere below a route; becomes the response."""

    status: int
    detail: str
    errors: Sequence[FieldProblem] = ()
    reason: str = ""
    retry_after_seconds: int | None = None
    services: Mapping[str, str] | None = None

    def __str__(self) -> str:
        return f"{self.status} {self.reason}".strip()  # The detail is for the client, not for logs.

    def at(self, instance: str) -> ProblemDocument:
        """The document for the request path `instance`."""
        return ProblemDocument(
            type=problem_type(self.status),
            title=HTTPStatus(self.status).phrase,
            status=self.status,
            detail=self.detail,
            instance=instance,
            errors=list(self.errors) or None,
            reason=self.reason or None,
            retry_after_seconds=self.retry_after_seconds,
            services=dict(self.services) if self.services else None,
        )


def problem_type(status: int) -> str:
    """The `type` of a status, such as `urn:voicecbt:problem:not-found`."""
    return "urn:voicecbt:problem:" + HTTPStatus(status).phrase.lower().replace(" ", "-")


def invalid(field: str, message: str) -> Problem:
    """A 400 that names one field, parameter or header."""
    return Problem(400, f"{field}: {message}", errors=(FieldProblem(field=field, message=message),))


def to_response(problem: Problem, instance: str) -> Response:
    """The problem as an HTTP response, with Retry-After and WWW-Authenticate where they belong."""
    headers = {"cache-control": "no-store"}
    if problem.retry_after_seconds is not None:
        headers["retry-after"] = str(problem.retry_after_seconds)
    if problem.status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = "Bearer"
    body = problem.at(instance).model_dump_json(exclude_none=True)
    return Response(body, status_code=problem.status, headers=headers, media_type=MEDIA_TYPE)


def from_grpc(error: grpc.aio.AioRpcError) -> Problem:
    """What a service's error is to an HTTP client. Words of services are passed on only where they are meant for it."""
    status = HTTP_STATUS.get(error.code(), 500)
    details = _details(error)
    problem = Problem(status, _detail(status, error, details), _violations(details), _reason(details))
    if status in (429, 503):
        return replace(problem, retry_after_seconds=_retry_after(details))
    return problem


def _details(error: grpc.aio.AioRpcError) -> Sequence[Message]:
    # grpcio-status is typed for the synchronous call only; the fields it reads are the same.
    status = rpc_status.from_call(error)  # type: ignore[arg-type]
    found: list[Message] = []
    for holder in status.details if status else ():
        for kind in (error_details_pb2.BadRequest, error_details_pb2.ErrorInfo, error_details_pb2.RetryInfo):
            message = kind()
            if holder.Unpack(message):
                found.append(message)
    return found


def _detail(status: int, error: grpc.aio.AioRpcError, details: Sequence[Message]) -> str:
    if status in (500, 501):
        return OUR_FAULT
    if status in (503, 504) and not details:  # From the channel, not from a service: names an address.
        return NOT_ANSWERING
    return error.details() or HTTPStatus(status).phrase


def _violations(details: Sequence[Message]) -> Sequence[FieldProblem]:
    return [
        FieldProblem(field=violation.field, message=violation.description)
        for detail in details
        if isinstance(detail, error_details_pb2.BadRequest)
        for violation in detail.field_violations
    ]


def _reason(details: Sequence[Message]) -> str:
    return next((detail.reason for detail in details if isinstance(detail, error_details_pb2.ErrorInfo)), "")


def _retry_after(details: Sequence[Message]) -> int:
    for detail in details:
        if isinstance(detail, error_details_pb2.RetryInfo):
            delay: timedelta = detail.retry_delay.ToTimedelta()
            return max(DEFAULT_RETRY_SECONDS, math.ceil(delay.total_seconds()))
    return DEFAULT_RETRY_SECONDS
