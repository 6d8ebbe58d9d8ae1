"""What Envoy itself refuses is told as a problem document, like everything else."""

from collections.abc import Mapping
from http import HTTPStatus

from voicecbt.edge.envoy.config import Block, Yaml
from voicecbt.edge.envoy.rate_limits import RETRY_AFTER_SECONDS
from voicecbt.edge.problems import DEFAULT_RETRY_SECONDS, MEDIA_TYPE, NOT_ANSWERING, problem_type

DETAILS: Mapping[int, str] = {
    400: "The request is malformed.",
    401: "Sign in first: this needs a valid access token. %LOCAL_REPLY_BODY%.",
    403: "The access token is not for this service.",
    404: "There is nothing at this address.",
    408: "The request took too long to arrive.",
    413: "The body is too large for this address.",
    426: "This address takes WebSockets only.",
    429: "Too many requests from this address. Please wait a moment.",
    431: "The request's headers are too large.",
    500: "Something went wrong on our side. Please try again.",
    502: NOT_ANSWERING,
    503: NOT_ANSWERING,
    504: NOT_ANSWERING,
}
RETRY_SECONDS: Mapping[int, int] = {429: RETRY_AFTER_SECONDS, 503: DEFAULT_RETRY_SECONDS}


def local_reply_config() -> Block:
    """One mapper a status. gRPC clients are left to get a gRPC status."""
    return {"mappers": [_mapper(status, detail) for status, detail in DETAILS.items()]}


def _mapper(status: int, detail: str) -> Block:
    mapper: Block = {
        "filter": {"and_filter": {"filters": [_has_status(status), _is_not_grpc()]}},
        "body_format_override": {"json_format": _document(status, detail), "content_type": MEDIA_TYPE},
    }
    extra = _headers(status)
    return mapper | {"headers_to_add": extra} if extra else mapper


def _document(status: int, detail: str) -> Block:
    document: Block = {
        "type": problem_type(status),
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": "%PATH(NQ)%",
    }
    return document | {"retry_after_seconds": RETRY_SECONDS[status]} if status in RETRY_SECONDS else document


def _headers(status: int) -> list[Yaml]:
    added = {}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        added["retry-after"] = str(DEFAULT_RETRY_SECONDS)
    if status == HTTPStatus.UNAUTHORIZED:
        added["cache-control"] = "no-store"
    return [{"header": {"key": key, "value": value}} for key, value in added.items()]


def _has_status(status: int) -> Block:
    value: Block = {"default_value": status, "runtime_key": f"local_reply.{status}"}
    return {"status_code_filter": {"comparison": {"op": "EQ", "value": value}}}


def _is_not_grpc() -> Block:
    return {
        "header_filter": {
            "header": {
                "name": "content-type",
                "string_match": {"prefix": "application/grpc"},
                "invert_match": True,
                "treat_missing_header_as_empty": True,
            }
        }
    }
