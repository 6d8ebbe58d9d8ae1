"""Messages made fit for logs and spans: fields marked as sensitive are replaced, whatever their type."""

from collections.abc import Mapping, Sequence

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from voicecbt.stubs.options.v1 import options_pb2

REDACTED = "[redacted]"

Json = str | int | float | bool | Mapping[str, "Json"] | Sequence["Json"]


def is_sensitive(field: FieldDescriptor) -> bool:
    """Whether the field carries `voicecbt.options.v1.sensitivity`."""
    return bool(field.GetOptions().Extensions[options_pb2.sensitivity])


def redacted(message: Message) -> dict[str, Json]:
    """The set fields of `message` by name, with sensitive ones as `[redacted]` and bytes as their length."""
    return {field.name: _value(field, value) for field, value in message.ListFields()}


def _value(field: FieldDescriptor, value: object) -> Json:
    if is_sensitive(field):
        return REDACTED
    if isinstance(value, Message):
        return redacted(value)
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, Mapping):
        return f"{len(value)} entries"
    return [_value(field, item) for item in value] if isinstance(value, Sequence) else REDACTED
