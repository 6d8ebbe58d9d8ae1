"""Why a conversation's WebSocket closes: RFC 6455 codes, and one of our own."""

from collections.abc import Mapping
from dataclasses import dataclass

import grpc

from voicecbt.edge.problems import from_grpc

MAX_REASON_BYTES = 123  # RFC 6455: a control frame holds 125 bytes, two of which are the code.

NORMAL = 1000
UNSUPPORTED_DATA = 1003
POLICY = 1008
INTERNAL = 1011
RESTART = 1012
TRY_AGAIN_LATER = 1013
UNKNOWN_SESSION = 4404

# A conversation that was opened elsewhere is over for this client: coming back would end the other one in turn.
OPENED_ELSEWHERE = (NORMAL, "the conversation was opened elsewhere")

FOR_STATUS: Mapping[grpc.StatusCode, tuple[int, str]] = {
    grpc.StatusCode.OK: (NORMAL, "the conversation is over"),
    grpc.StatusCode.ABORTED: OPENED_ELSEWHERE,
    grpc.StatusCode.UNAUTHENTICATED: (POLICY, "the access token is not valid"),
    grpc.StatusCode.PERMISSION_DENIED: (POLICY, "this account may not do that"),
    grpc.StatusCode.INVALID_ARGUMENT: (POLICY, "a message was refused"),
    grpc.StatusCode.NOT_FOUND: (UNKNOWN_SESSION, "no such session"),
    grpc.StatusCode.FAILED_PRECONDITION: (UNKNOWN_SESSION, "the session is over"),
    grpc.StatusCode.RESOURCE_EXHAUSTED: (TRY_AGAIN_LATER, "too much at once; try again shortly"),
    grpc.StatusCode.UNAVAILABLE: (TRY_AGAIN_LATER, "the service is not answering; try again shortly"),
    grpc.StatusCode.DEADLINE_EXCEEDED: (TRY_AGAIN_LATER, "the service is not answering; try again shortly"),
}

# Meant for the client: they name the field, or say who took over.
IN_THE_SERVICES_WORDS = (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.ABORTED)
CLIENT_GONE = "CLIENT_GONE"  # The session service found that we do not take its messages, before we noticed ourselves.


@dataclass(eq=False)
class Closing(Exception):
    """Raised by any part of a conversation to end it."""

    code: int
    reason: str

    def short_reason(self) -> str:
        """The reason, cut to what a close frame holds."""
        return self.reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")


def for_status(error: grpc.aio.AioRpcError) -> Closing:
    """How the session service's status ends the WebSocket."""
    code, reason = FOR_STATUS.get(error.code(), (INTERNAL, "something went wrong on our side"))
    if error.code() in IN_THE_SERVICES_WORDS and error.details():
        reason = str(error.details())
    if from_grpc(error).reason == CLIENT_GONE:
        code = TRY_AGAIN_LATER
    return Closing(code, reason)
