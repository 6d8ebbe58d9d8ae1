"""The two forms that a conversation's messages have on the WebSocket."""

import json
from collections.abc import Mapping, Sequence
from typing import Protocol

from google.protobuf.message import DecodeError
from starlette.types import Message as AsgiMessage

from voicecbt.edge.closing import UNSUPPORTED_DATA, Closing
from voicecbt.edge.conversion import parse, to_json
from voicecbt.edge.problems import Problem
from voicecbt.stubs.session.v1 import session_pb2


class Codec(Protocol):
    """One subprotocol."""

    def decode(self, message: AsgiMessage) -> session_pb2.ConverseRequest:
        """A `websocket.receive` event as a request. Raises Closing 1003 for anything else."""

    def encode(self, response: session_pb2.ConverseResponse) -> AsgiMessage:
        """The response as a `websocket.send` event."""


class ProtoCodec:
    """Binary messages, each one serialized message."""

    def decode(self, message: AsgiMessage) -> session_pb2.ConverseRequest:
        """Raises Closing 1003 for text and for bytes that are no ConverseRequest."""
        data = message.get("bytes")
        if data is None:
            raise Closing(UNSUPPORTED_DATA, "voicecbt.v1.proto takes binary messages")
        try:
            return session_pb2.ConverseRequest.FromString(data)
        except DecodeError:
            raise Closing(UNSUPPORTED_DATA, "not a serialized voicecbt.session.v1.ConverseRequest") from None

    def encode(self, response: session_pb2.ConverseResponse) -> AsgiMessage:
        """Serialized."""
        return {"type": "websocket.send", "bytes": response.SerializeToString()}


class JsonCodec:
    """Text messages, each one proto-JSON object with snake_case names."""

    def decode(self, message: AsgiMessage) -> session_pb2.ConverseRequest:
        """Raises Closing 1003 for binary and for text that is no ConverseRequest, naming the field."""
        text = message.get("text")
        if text is None:
            raise Closing(UNSUPPORTED_DATA, "voicecbt.v1.json takes text messages")
        try:
            return parse(session_pb2.ConverseRequest, text)
        except Problem as problem:
            raise Closing(UNSUPPORTED_DATA, problem.detail) from None

    def encode(self, response: session_pb2.ConverseResponse) -> AsgiMessage:
        """Compact JSON."""
        text = json.dumps(to_json(response), separators=(",", ":"), ensure_ascii=False)
        return {"type": "websocket.send", "text": text}


# In the order of preference when a client offers both.
CODECS: Mapping[str, Codec] = {"voicecbt.v1.proto": ProtoCodec(), "voicecbt.v1.json": JsonCodec()}


def negotiate(offered: Sequence[str]) -> str | None:
    """The subprotocol to speak, or None when the client offers none of ours."""
    return next((name for name in CODECS if name in offered), None)
