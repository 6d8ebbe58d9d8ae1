"""Other services' gRPC errors as PortFailed: by service and status, without their words."""

from collections.abc import Iterator
from contextlib import contextmanager

import grpc

from voicecbt.session.ports import PortFailed


@contextmanager
def calling(service: str) -> Iterator[None]:
    """Raises PortFailed for what a call to `service` inside the block failed with."""
    try:
        yield
    except grpc.aio.AioRpcError as error:
        raise PortFailed(service, error.code().name) from None
    except grpc.aio.UsageError:  # A channel that was closed under the call, at shutdown.
        raise PortFailed(service, "CLOSED") from None
