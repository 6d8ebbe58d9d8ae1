"""The errors of the platform: raised where they are known, translated once, at the boundary.

Each maps to one gRPC status with `google.rpc` details. A message names what is wrong and what to do, and never holds
what a person said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2

ERROR_DOMAIN = "voicecbt"


class PlatformError(Exception):
    """An error that the caller is told about. Subclasses fix the status code."""

    code: grpc.StatusCode = grpc.StatusCode.INTERNAL

    def __init__(self, message: str, *details: Message) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """One field that was refused: its dotted path, and why, for the caller."""

    field: str
    message: str


class InvalidArgument(PlatformError):
    """A request field is wrong; the field is named."""

    code = grpc.StatusCode.INVALID_ARGUMENT

    def __init__(self, field: str, message: str, *more: FieldViolation) -> None:
        self.violations: Sequence[FieldViolation] = (FieldViolation(field, message), *more)
        described = "; ".join(f"{violation.field}: {violation.message}" for violation in self.violations)
        super().__init__(described, bad_request(self.violations))


class NotFound(PlatformError):
    """There is no such thing, or it is somebody else's: the two look the same."""

    code = grpc.StatusCode.NOT_FOUND

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} not found", _reason("NOT_FOUND", what))


class AlreadyExists(PlatformError):
    """The value of `field` is taken."""

    code = grpc.StatusCode.ALREADY_EXISTS

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message, bad_request([FieldViolation(field, message)]))


class Unauthenticated(PlatformError):
    """Who the caller is cannot be told. `reason` is a stable upper-case word such as TOKEN_EXPIRED."""

    code = grpc.StatusCode.UNAUTHENTICATED

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message, _reason(reason))


class PermissionDenied(PlatformError):
    """The caller is known and may not do this."""

    code = grpc.StatusCode.PERMISSION_DENIED

    def __init__(self, message: str) -> None:
        super().__init__(message, _reason("PERMISSION_DENIED"))


class FailedPrecondition(PlatformError):
    """The request is fine, but not in the present state."""

    code = grpc.StatusCode.FAILED_PRECONDITION

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message, _reason(reason))


class Aborted(PlatformError):
    """Something else took over; start again from the present state."""

    code = grpc.StatusCode.ABORTED

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message, _reason(reason))


class ResourceExhausted(PlatformError):
    """Too much at once; the caller may come back after `retry_after`."""

    code = grpc.StatusCode.RESOURCE_EXHAUSTED

    def __init__(self, message: str, retry_after: timedelta) -> None:
        super().__init__(message, _retry(retry_after))


class Unavailable(PlatformError):
    """A part of the platform does not answer at the moment; the same request may succeed after `retry_after`."""

    code = grpc.StatusCode.UNAVAILABLE

    def __init__(self, message: str, retry_after: timedelta = timedelta(seconds=1)) -> None:
        super().__init__(message, _retry(retry_after))


def to_status(error: PlatformError) -> status_pb2.Status:
    """The error as `google.rpc.Status`, with its details packed."""
    packed = []
    for detail in error.details:
        holder = any_pb2.Any()
        holder.Pack(detail)
        packed.append(holder)
    number: int = error.code.value[0]
    return status_pb2.Status(code=code_pb2.Code.ValueType(number), message=error.message, details=packed)


def bad_request(violations: Sequence[FieldViolation]) -> error_details_pb2.BadRequest:
    """The violations as a `google.rpc.BadRequest` detail."""
    field_violation = error_details_pb2.BadRequest.FieldViolation
    return error_details_pb2.BadRequest(
        field_violations=[field_violation(field=each.field, description=each.message) for each in violations]
    )


def _reason(reason: str, what: str = "") -> error_details_pb2.ErrorInfo:
    metadata = {"what": what} if what else {}
    return error_details_pb2.ErrorInfo(reason=reason, domain=ERROR_DOMAIN, metadata=metadata)


def _retry(after: timedelta) -> error_details_pb2.RetryInfo:
    delay = duration_pb2.Duration()
    delay.FromTimedelta(after)
    return error_details_pb2.RetryInfo(retry_delay=delay)
