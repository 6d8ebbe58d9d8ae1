"""Pydantic models made from proto descriptors: they check JSON requests and describe both directions in OpenAPI."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import GenericAlias
from typing import Annotated, Literal, TypedDict

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, create_model
from pydantic.config import JsonDict
from pydantic.fields import FieldInfo

from voicecbt.edge.constraints import is_required, item_constraints, list_constraints

Direction = Literal["request", "response"]

MAX_UINT32 = 2**32 - 1
MAX_INT32 = 2**31 - 1
MAX_FLOAT32 = 3.4028234663852886e38
MAX_SAFE_INTEGER = 2**53 - 1  # JavaScript's; a larger one travels as a string.

# A request is taken only if it is wholly right: no unknown field, no "5" for 5, no infinity.
REQUEST_CONFIG = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
RESPONSE_CONFIG = ConfigDict(extra="forbid")

_SCALARS: Mapping[int, object] = {
    FieldDescriptor.CPPTYPE_INT32: Annotated[int, Field(ge=-MAX_INT32 - 1, le=MAX_INT32)],
    FieldDescriptor.CPPTYPE_UINT32: Annotated[int, Field(ge=0, le=MAX_UINT32)],
    FieldDescriptor.CPPTYPE_INT64: Annotated[int, Field(ge=-MAX_SAFE_INTEGER, le=MAX_SAFE_INTEGER)]
    | Annotated[str, Field(pattern=r"^-?[0-9]{1,18}$")],
    FieldDescriptor.CPPTYPE_UINT64: Annotated[int, Field(ge=0, le=MAX_SAFE_INTEGER)]
    | Annotated[str, Field(pattern=r"^[0-9]{1,19}$")],
    FieldDescriptor.CPPTYPE_FLOAT: Annotated[float, Field(ge=-MAX_FLOAT32, le=MAX_FLOAT32)],
    FieldDescriptor.CPPTYPE_DOUBLE: float,
    FieldDescriptor.CPPTYPE_BOOL: bool,
    FieldDescriptor.CPPTYPE_STRING: str,
}

_WELL_KNOWN: Mapping[str, object] = {
    "google.protobuf.Timestamp": AwareDatetime,
    "google.protobuf.Duration": Annotated[str, Field(pattern=r"^-?[0-9]{1,12}(\.[0-9]{1,9})?s$", examples=["12.5s"])],
}


class _Aliases(TypedDict):
    alias: str
    validation_alias: str
    serialization_alias: str


_BYTES = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]*={0,2}$", json_schema_extra={"contentEncoding": "base64"})]


@cache
def request_model(descriptor: Descriptor, without: frozenset[str] = frozenset()) -> type[BaseModel]:
    """The JSON request body of a message, less the fields that come from the path or a header."""
    return _model(descriptor, "request", without)


@cache
def response_model(descriptor: Descriptor, without: frozenset[str] = frozenset()) -> type[BaseModel]:
    """The JSON response body of a message."""
    return _model(descriptor, "response", without)


def _model(descriptor: Descriptor, direction: Direction, without: frozenset[str]) -> type[BaseModel]:
    fields = {
        # `from` is a Python keyword, so names are carried as aliases throughout.
        f"{field.name}_": (_type(field, direction), _info(field, direction))
        for field in descriptor.fields
        if field.name not in without
    }
    config = REQUEST_CONFIG if direction == "request" else RESPONSE_CONFIG
    make: Callable[..., type[BaseModel]] = create_model
    return make(_name(descriptor, direction), __config__=config, **fields)


def _name(descriptor: Descriptor, direction: Direction) -> str:
    name: str = descriptor.name
    shared = not name.endswith(("Request", "Response"))
    return f"{name}Input" if direction == "request" and shared else name


def _info(field: FieldDescriptor, direction: Direction) -> FieldInfo:
    always_there = field.is_repeated or not field.has_presence
    if is_required(field) if direction == "request" else always_there:
        return FieldInfo(**_named(field.name))
    return FieldInfo(default=None, json_schema_extra=_drop_default, **_named(field.name))


def _named(name: str) -> _Aliases:
    return {"alias": name, "validation_alias": name, "serialization_alias": name}


def _drop_default(schema: JsonDict) -> None:
    schema.pop("default", None)  # The absent default is no value of the field's type.


def _type(field: FieldDescriptor, direction: Direction) -> object:
    entry = field.message_type
    if entry is not None and entry.GetOptions().map_entry:
        pair = tuple(_single(entry.fields_by_name[name], direction) for name in ("key", "value"))
        return _constrained(GenericAlias(dict, pair), list_constraints(field), direction)
    single = _constrained(_single(field, direction), item_constraints(field), direction)
    if field.is_repeated:
        return _constrained(GenericAlias(list, (single,)), list_constraints(field), direction)
    return single


def _constrained(kind: object, constraints: Sequence[FieldInfo], direction: Direction) -> object:
    """Rules are for what is asked; what is answered is described as it is, whatever was stored."""
    return Annotated[kind, *constraints] if constraints and direction == "request" else kind


def _single(field: FieldDescriptor, direction: Direction) -> object:
    if field.message_type is not None:
        known = _WELL_KNOWN.get(field.message_type.full_name)
        model = request_model if direction == "request" else response_model
        return known or model(field.message_type)
    if field.enum_type is not None:
        return Literal[tuple(value.name for value in field.enum_type.values)]
    return _BYTES if field.type == FieldDescriptor.TYPE_BYTES else _SCALARS[field.cpp_type]
