"""Checks every request message against the `buf.validate` rules of its proto."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from google.protobuf.message import Message
from protovalidate import Validator, Violation

from voicecbt.kit.boundary.interceptor import Call
from voicecbt.kit.errors import FieldViolation, InvalidArgument

MAX_VIOLATIONS = 20  # A hostile message must not buy itself an endless answer.


class ValidationGuard:
    """Refuses a message that breaks its rules with INVALID_ARGUMENT naming each field."""

    def __init__(self) -> None:
        self._validator = Validator()

    @asynccontextmanager
    async def around(self, call: Call) -> AsyncIterator[None]:
        """Nothing to do around a call."""
        yield

    def inspect(self, request: Message) -> None:
        """Raises InvalidArgument."""
        violations = self._validator.collect_violations(request)[:MAX_VIOLATIONS]
        if violations:
            first, *more = (FieldViolation(_path(violation), violation.proto.message) for violation in violations)
            raise InvalidArgument(first.field, first.message, *more)


def _path(violation: Violation) -> str:
    field = violation.proto.field
    names = [element.field_name for element in field.elements] if field else []
    return ".".join(name for name in names if name) or "request"
