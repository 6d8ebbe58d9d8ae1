"""Translates exceptions into gRPC status with details, and keeps everything else from leaking out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc
import structlog
from google.protobuf.message import Message
from grpc_status import rpc_status

from voicecbt.kit import metrics
from voicecbt.kit.boundary.interceptor import Call
from voicecbt.kit.errors import PlatformError, Unavailable, to_status
from voicecbt.kit.logs import places_of

log = structlog.get_logger(__name__)

# Which statuses of a dependency the caller may be told as "try again"; anything else is our own fault.
TRANSIENT = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.RESOURCE_EXHAUSTED}


class ErrorsGuard:
    """Outermost but for telemetry: whatever is raised below leaves as a status."""

    def __init__(self, service: str) -> None:
        self._service = service

    @asynccontextmanager
    async def around(self, call: Call) -> AsyncIterator[None]:
        """Aborts the call with the status of what was raised."""
        try:
            yield
        except PlatformError as error:
            await self._abort(call, error)
        except grpc.aio.AioRpcError as error:
            await self._abort(call, self._of_dependency(call, error))
        except grpc.aio.AbortError:
            raise
        except Exception as error:  # noqa: BLE001 - nothing may leave as it is.
            log.error("unexpected error", method=call.method, error_type=type(error).__name__, places=places_of(error))
            await self._abort(call, PlatformError("something went wrong on our side; please try again"))

    def inspect(self, request: Message) -> None:
        """Nothing to see in requests."""

    async def _abort(self, call: Call, error: PlatformError) -> None:
        metrics.errors.labels(error_type=error.code.name.lower(), service=self._service).inc()
        status = rpc_status.to_status(to_status(error))
        await call.context.abort(status.code, status.details, status.trailing_metadata)

    def _of_dependency(self, call: Call, error: grpc.aio.AioRpcError) -> PlatformError:
        log.warning("dependency failed", method=call.method, code=error.code().name)
        if error.code() in TRANSIENT:
            return Unavailable("a part of the service is not answering; please try again shortly")
        return PlatformError("something went wrong on our side; please try again")
