"""Service errors as problem documents."""

import json
from datetime import timedelta

import grpc
import pytest
from grpc_status import rpc_status

from voicecbt.edge.problems import NOT_ANSWERING, OUR_FAULT, Problem, from_grpc, invalid, problem_type, to_response
from voicecbt.kit.errors import (
    Aborted,
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    PlatformError,
    ResourceExhausted,
    Unauthenticated,
    Unavailable,
    to_status,
)

pytestmark = pytest.mark.unit


def error_of(error: PlatformError) -> grpc.aio.AioRpcError:
    """As the client of a service sees it."""
    status = rpc_status.to_status(to_status(error))
    trailers = grpc.aio.Metadata(*status.trailing_metadata)
    return grpc.aio.AioRpcError(status.code, grpc.aio.Metadata(), trailers, status.details)


def bare(code: grpc.StatusCode, details: str) -> grpc.aio.AioRpcError:
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata(), details)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidArgument("mood.notes", "too long"), 400),
        (Unauthenticated("TOKEN_EXPIRED", "expired"), 401),
        (PermissionDenied("no"), 403),
        (NotFound("session"), 404),
        (AlreadyExists("email", "taken"), 409),
        (FailedPrecondition("SESSION_ENDED", "over"), 409),
        (Aborted("OPENED_ELSEWHERE", "elsewhere"), 409),
        (ResourceExhausted("slow down", timedelta(seconds=7)), 429),
        (Unavailable("away", timedelta(seconds=3)), 503),
        (PlatformError("secret"), 500),
    ],
)
def test_each_error_has_its_status(error, status):
    assert from_grpc(error_of(error)).status == status


def test_refused_fields_are_listed():
    problem = from_grpc(error_of(InvalidArgument("mood.notes", "too long")))
    assert [(error.field, error.message) for error in problem.errors] == [("mood.notes", "too long")]


def test_the_reason_is_passed_on():
    assert from_grpc(error_of(Unauthenticated("TOKEN_EXPIRED", "expired"))).reason == "TOKEN_EXPIRED"


def test_when_to_come_back_is_rounded_up():
    problem = from_grpc(error_of(ResourceExhausted("slow down", timedelta(milliseconds=6200))))
    assert problem.retry_after_seconds == 7
    assert to_response(problem, "/x").headers["retry-after"] == "7"


def test_a_service_that_says_nothing_is_tried_again_in_a_second():
    assert from_grpc(bare(grpc.StatusCode.UNAVAILABLE, "")).retry_after_seconds == 1


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        (grpc.StatusCode.INTERNAL, OUR_FAULT),
        (grpc.StatusCode.UNKNOWN, OUR_FAULT),
        (grpc.StatusCode.UNIMPLEMENTED, OUR_FAULT),
        (grpc.StatusCode.UNAVAILABLE, NOT_ANSWERING),
        (grpc.StatusCode.DEADLINE_EXCEEDED, NOT_ANSWERING),
    ],
)
def test_what_only_we_should_know_stays_here(code, shown):
    problem = from_grpc(bare(code, "connect to 10.0.0.7:5432 failed"))
    assert problem.detail == shown


def test_the_document_is_as_the_rfc_has_it():
    response = to_response(invalid("days", "must be at most 366"), "/api/v1/insights/mood-trend")
    assert response.media_type == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    assert json.loads(response.body) == {
        "type": "urn:voicecbt:problem:bad-request",
        "title": "Bad Request",
        "status": 400,
        "detail": "days: must be at most 366",
        "instance": "/api/v1/insights/mood-trend",
        "errors": [{"field": "days", "message": "must be at most 366"}],
    }


def test_a_missing_token_says_how_to_sign_in():
    assert to_response(Problem(401, "Sign in first."), "/").headers["www-authenticate"] == "Bearer"


def test_types_are_stable_words():
    assert problem_type(503) == "urn:voicecbt:problem:service-unavailable"


def test_what_a_log_may_print_holds_no_detail():
    assert str(Problem(400, "notes: what somebody said", reason="BAD")) == "400 BAD"
