"""JSON request bodies: read, checked against the schema of their proto message, and described in OpenAPI."""

from collections.abc import Collection, Mapping
from typing import Generic, TypeVar

from fastapi import Request
from google.protobuf.message import Message
from pydantic import BaseModel

from voicecbt.edge.conversion import Json, check, to_message
from voicecbt.edge.problems import Problem
from voicecbt.edge.schemas import request_model

M = TypeVar("M", bound=Message)

JSON_MEDIA_TYPE = "application/json"


async def read_json(request: Request) -> bytes:
    """The body's bytes. Raises Problem 415 when it is declared to be anything but JSON.

    Insisting on the media type is what makes browsers ask before another site's page may send one (CORS preflight).
    """
    body = await request.body()
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if body and media_type != JSON_MEDIA_TYPE:
        raise Problem(415, "Send the body as Content-Type: application/json.")
    return body


class CheckedBody:
    """A dependency: the body as an instance of a Pydantic model."""

    def __init__(self, model: type[BaseModel], example: Mapping[str, Json]) -> None:
        self.model = model
        self._example = example

    async def __call__(self, request: Request) -> BaseModel:
        """Raises Problem 400 or 415."""
        return check(self.model, await read_json(request))

    def openapi(self) -> dict[str, object]:
        """The route's `openapi_extra`. The schema itself is added to the components by `openapi.describe`."""
        schema = {"$ref": f"#/components/schemas/{self.model.__name__}"}
        content = {JSON_MEDIA_TYPE: {"schema": schema, "example": self._example}}
        required = any(field.is_required() for field in self.model.model_fields.values())
        return {"requestBody": {"required": required, "content": content}}


class MessageBody(CheckedBody, Generic[M]):
    """A dependency: the body as a proto message. `without` names the fields that come from the path or a header."""

    def __init__(self, message_type: type[M], example: Mapping[str, Json], without: Collection[str] = ()) -> None:
        super().__init__(request_model(message_type.DESCRIPTOR, frozenset(without)), example)
        self._message_type = message_type

    async def __call__(self, request: Request) -> M:  # type: ignore[override]
        """Raises Problem 400 or 415."""
        return to_message(self._message_type, check(self.model, await read_json(request)))
