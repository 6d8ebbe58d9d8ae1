"""Why WebSockets close, and the two forms of their messages."""

import json

import grpc
import pytest
from grpc_status import rpc_status

from voicecbt.edge.closing import Closing, for_status
from voicecbt.edge.codecs import CODECS, negotiate
from voicecbt.kit.errors import Aborted, to_status
from voicecbt.stubs.session.v1 import session_pb2

pytestmark = pytest.mark.unit


def error(code: grpc.StatusCode, details: str = "secret") -> grpc.aio.AioRpcError:
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata(), details)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (grpc.StatusCode.UNAUTHENTICATED, 1008),
        (grpc.StatusCode.PERMISSION_DENIED, 1008),
        (grpc.StatusCode.INVALID_ARGUMENT, 1008),
        (grpc.StatusCode.NOT_FOUND, 4404),
        (grpc.StatusCode.FAILED_PRECONDITION, 4404),
        (grpc.StatusCode.ABORTED, 1000),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, 1013),
        (grpc.StatusCode.UNAVAILABLE, 1013),
        (grpc.StatusCode.INTERNAL, 1011),
        (grpc.StatusCode.UNKNOWN, 1011),
    ],
)
def test_each_status_has_its_code(status, code):
    assert for_status(error(status)).code == code


def test_only_a_refused_message_is_told_in_the_services_words():
    assert for_status(error(grpc.StatusCode.INVALID_ARGUMENT, "text.text: too long")).reason == "text.text: too long"
    assert for_status(error(grpc.StatusCode.ABORTED, "opened elsewhere")).reason == "opened elsewhere"
    assert "secret" not in for_status(error(grpc.StatusCode.INTERNAL)).reason
    assert "secret" not in for_status(error(grpc.StatusCode.UNAVAILABLE)).reason


def test_a_client_that_the_service_gave_up_may_come_back():
    status = rpc_status.to_status(to_status(Aborted("CLIENT_GONE", "the client does not take what is sent")))
    trailers = grpc.aio.Metadata(*status.trailing_metadata)
    gone = grpc.aio.AioRpcError(status.code, grpc.aio.Metadata(), trailers, status.details)
    assert for_status(gone).code == 1013


@pytest.mark.parametrize("reason", ["a" * 500, "ü" * 100])
def test_a_reason_fits_a_close_frame(reason):
    short = Closing(1011, reason).short_reason()
    assert len(short.encode()) <= 123
    assert reason.startswith(short)


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (["voicecbt.v1.json"], "voicecbt.v1.json"),
        (["other", "voicecbt.v1.json", "voicecbt.v1.proto"], "voicecbt.v1.proto"),
        (["other"], None),
        ([], None),
    ],
)
def test_the_subprotocol_is_one_that_both_know(offered, chosen):
    assert negotiate(offered) == chosen


@pytest.mark.parametrize("name", CODECS)
def test_messages_survive_both_codecs(name):
    response = session_pb2.ConverseResponse(sequence=3, reply_delta=session_pb2.ReplyDelta(text="Grüße"))
    encoded = CODECS[name].encode(response)
    if name.endswith("proto"):
        assert session_pb2.ConverseResponse.FromString(encoded["bytes"]) == response
    else:
        delta = {"sentence_index": 0, "text": "Grüße"}
        assert json.loads(encoded["text"]) == {"sequence": 3, "turn_id": "", "reply_delta": delta}
        assert "Grüße" in encoded["text"]
