"""The `buf.validate` rules of a field, as far as JSON Schema can say them. The services check all of them again."""

import re
from collections.abc import Sequence

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from pydantic import Field
from pydantic.fields import FieldInfo

from voicecbt.stubs.buf.validate import validate_pb2

UUID_PATTERN = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"


def rules_of(field: FieldDescriptor) -> validate_pb2.FieldRules:
    """The field's `(buf.validate.field)` option; an empty one when it has none."""
    return field.GetOptions().Extensions[validate_pb2.field]


def is_required(field: FieldDescriptor) -> bool:
    """Whether leaving the field out, or sending its zero value, would be refused."""
    rules = rules_of(field)
    if rules.ignore == validate_pb2.IGNORE_IF_ZERO_VALUE:
        return False
    asks_for_text = rules.string.min_len > 0 or rules.string.uuid or rules.string.email
    asks_for_more = rules.repeated.min_items > 0 or rules.uint32.gte > 0 or rules.bytes.min_len > 0
    return rules.required or asks_for_text or asks_for_more


def list_constraints(field: FieldDescriptor) -> Sequence[FieldInfo]:
    """How many items a repeated field or a map may have."""
    rules = rules_of(field)
    if rules.HasField("repeated") and rules.repeated.max_items:
        return [Field(min_length=rules.repeated.min_items, max_length=rules.repeated.max_items)]
    if rules.HasField("map") and rules.map.max_pairs:
        return [Field(max_length=rules.map.max_pairs)]
    return []


def item_constraints(field: FieldDescriptor) -> Sequence[FieldInfo]:
    """What a single value must be: of the field itself, or of each item of a repeated one."""
    rules = rules_of(field).repeated.items if field.is_repeated else rules_of(field)
    if rules.HasField("string"):
        return _text(rules.string, empty_allowed=rules.ignore == validate_pb2.IGNORE_IF_ZERO_VALUE)
    for kind in ("uint32", "int32", "float", "double"):
        if rules.HasField(kind):
            return _bounds(getattr(rules, kind))
    return []


def _text(rules: validate_pb2.StringRules, *, empty_allowed: bool) -> Sequence[FieldInfo]:
    found: list[FieldInfo] = []
    if rules.max_len:
        found.append(Field(max_length=rules.max_len))
    if rules.min_len:
        found.append(Field(min_length=rules.min_len))
    if rules.pattern:
        found.append(Field(pattern=rules.pattern))
    if rules.uuid:
        found.append(Field(pattern=f"^$|{UUID_PATTERN}" if empty_allowed else UUID_PATTERN))
    if rules.email:
        found.append(Field(json_schema_extra={"format": "email"}))
    return found


def _bounds(rules: Message) -> Sequence[FieldInfo]:
    bounds = {
        "ge": rules.gte if rules.HasField("gte") else None,  # type: ignore[attr-defined]
        "le": rules.lte if rules.HasField("lte") else None,  # type: ignore[attr-defined]
    }
    kept = {name: bound for name, bound in bounds.items() if bound is not None}
    return [Field(**kept)] if kept else []


def is_uuid(text: str) -> bool:
    """Whether a path parameter has the form of an id."""
    return re.fullmatch(UUID_PATTERN, text) is not None
