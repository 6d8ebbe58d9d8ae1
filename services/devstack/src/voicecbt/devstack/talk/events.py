"""The server's messages as flat JSON objects, one an event, with stable dotted names."""

from collections.abc import Mapping

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from voicecbt.stubs.session.v1 import session_pb2, turn_pb2

NAMES = {
    "opened": "opened",
    "speech_started": "speech.started",
    "speech_stopped": "speech.stopped",
    "partial_transcript": "transcript.partial",
    "turn_started": "turn.started",
    "final_transcript": "transcript.final",
    "emotion": "emotion",
    "safety": "safety",
    "reply_delta": "reply.delta",
    "reply_audio": "reply.audio",
    "turn_completed": "turn.completed",
    "turn_failed": "turn.failed",
    "degraded": "degraded",
    "error": "error",
    "heartbeat": "heartbeat",
}

Json = Mapping[str, object]


def as_json(message: session_pb2.ConverseResponse) -> Json:
    """`{"event": name, "turn_id": ..., ...}`; audio is told by its size. Empty for a message of a kind unknown here."""
    kind = message.WhichOneof("event")
    if kind is None:
        return {}
    head = {"event": NAMES[kind], "turn_id": message.turn_id}
    if kind == "reply_audio":
        audio = message.reply_audio
        place = {"sentence_index": audio.sentence_index, "chunk_index": audio.chunk_index}
        return {**head, **place, "bytes": len(audio.data), "sample_rate_hz": audio.sample_rate_hz}
    if kind == "turn_completed":
        return {**head, **_turn(message.turn_completed.turn)}
    return {**head, **_told(getattr(message, kind))}


def _told(message: Message) -> dict[str, object]:
    told = MessageToDict(message, preserving_proto_field_name=True)
    # Proto-JSON writes 64-bit numbers as strings; milliseconds fit a number anywhere.
    return {
        name: int(value) if name.endswith("_ms") and isinstance(value, str) else value for name, value in told.items()
    }


def _turn(turn: turn_pb2.Turn) -> Json:
    told = _told(turn)
    always = ("transcript", "emotion", "safety", "reply", "technique", "citations", "timings_ms")
    empty: dict[str, object] = {"transcript": "", "emotion": None, "safety": {}, "reply": "", "technique": ""}
    empty |= {"citations": [], "timings_ms": {}}
    return {**told, **{name: told.get(name, empty[name]) for name in always}}
