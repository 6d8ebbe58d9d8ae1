"""JSON to proto messages and back: proto-JSON with snake_case names, enums by name and safe integers as numbers."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TypeVar, cast

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from pydantic import BaseModel, ValidationError
from starlette.responses import JSONResponse

from voicecbt.edge.problems import FieldProblem, Problem, invalid
from voicecbt.edge.schemas import MAX_SAFE_INTEGER, request_model

M = TypeVar("M", bound=Message)
Json = str | int | float | bool | None | Mapping[str, "Json"] | Sequence["Json"]

MAX_ERRORS = 20  # A hostile document must not buy itself an endless answer.
_LONG = (FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT64)
_DOCUMENT = "body"


def check(model: type[BaseModel], document: bytes | str) -> BaseModel:
    """The JSON `document` as the model. Raises Problem 400 naming each wrong field, never quoting what it held."""
    try:
        return model.model_validate_json(document or b"{}")
    except ValidationError as error:
        raise from_validation(error) from None


def to_message(message_type: type[M], checked: BaseModel, but: frozenset[str] = frozenset()) -> M:
    """What was checked, less the fields named in `but`, as a proto message. Raises Problem 400."""
    fields = checked.model_dump(mode="json", by_alias=True, exclude_unset=True)
    try:
        return json_format.ParseDict({name: fields[name] for name in fields.keys() - but}, message_type())
    except (json_format.ParseError, ValueError):
        # What the schema cannot say: base64 of a wrong length, a time before year 1 in UTC.
        raise invalid(_DOCUMENT, "holds a value that is out of range or malformed") from None


def parse(message_type: type[M], document: bytes | str) -> M:
    """The JSON `document` as a whole message. Raises Problem 400."""
    return to_message(message_type, check(request_model(message_type.DESCRIPTOR), document))


def from_validation(error: ValidationError) -> Problem:
    """Pydantic's findings as a problem document, without the values that were sent."""
    found = error.errors(include_url=False, include_input=False, include_context=False)[:MAX_ERRORS]
    errors = [FieldProblem(field=field_path(item["loc"]), message=item["msg"]) for item in found]
    return Problem(400, "; ".join(f"{item.field}: {item.message}" for item in errors[:3]), errors)


def field_path(location: Sequence[str | int]) -> str:
    """`("mood", "emotions", "joy")` as `mood.emotions.joy`; the whole document as `body`."""
    return ".".join(str(part) for part in location) or _DOCUMENT


def to_json(message: Message) -> dict[str, Json]:
    """The message as JSON-ready data. Fields without presence are always there, so that clients need no defaults."""
    document = json_format.MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    _number_longs(cast("Descriptor", message.DESCRIPTOR), document)  # The C implementation's has the same shape.
    return cast("dict[str, Json]", document)


def respond(message: Message, status_code: int = 200) -> JSONResponse:
    """The message as a response that no cache may keep: it is about one person."""
    return JSONResponse(to_json(message), status_code, headers={"cache-control": "no-store"})


def _number_longs(descriptor: Descriptor, document: dict[str, object]) -> None:
    """Proto-JSON writes 64-bit integers as strings; those that JavaScript holds exactly become numbers, in place."""
    for field in _fields_with_longs(descriptor):
        value = document.get(field.name)
        if field.message_type is None:
            document[field.name] = [_number(item) for item in value] if isinstance(value, list) else _number(value)
        elif isinstance(value, dict):
            _number_longs(field.message_type, value)
        elif isinstance(value, list):
            for item in value:
                _number_longs(field.message_type, item)


def _number(value: object) -> object:
    if isinstance(value, str) and abs(number := int(value)) <= MAX_SAFE_INTEGER:
        return number
    return value


@cache
def _fields_with_longs(descriptor: Descriptor) -> tuple[FieldDescriptor, ...]:
    """The fields that are, or hold at any depth, a 64-bit integer. Well-known types print themselves."""
    if descriptor.full_name.startswith("google.protobuf.") or descriptor.GetOptions().map_entry:
        return ()
    return tuple(
        field
        for field in descriptor.fields
        if field.cpp_type in _LONG or (field.message_type is not None and _fields_with_longs(field.message_type))
    )
