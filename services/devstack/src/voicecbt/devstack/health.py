"""Whether a program of the stack can do its work, asked the way its clients would."""

import asyncio
import urllib.error
import urllib.request

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from voicecbt.devstack.programs import Program, Stack
from voicecbt.kit.local.ports import is_listening

TIMEOUT_SECONDS = 2.0
POLL_SECONDS = 0.1


async def is_healthy(stack: Stack, program: Program) -> bool:
    """One check; False for anything but a clear yes."""
    if program.check == "postgres":
        return await asyncio.to_thread(stack.postgres.is_ready)
    if program.check == "tcp":
        return await asyncio.to_thread(is_listening, program.port)
    if program.check == "http":
        return await asyncio.to_thread(_http_ok, program.port)
    return await _grpc_serving(program.port)


async def wait_until_healthy(stack: Stack, program: Program, timeout_seconds: float) -> bool:
    """Polls until the program is healthy or the time is over."""
    try:
        async with asyncio.timeout(timeout_seconds):
            while not await is_healthy(stack, program):  # noqa: ASYNC110 - another process cannot set an event of ours
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        return False
    return True


async def _grpc_serving(port: int) -> bool:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        try:
            response = await health_pb2_grpc.HealthStub(channel).Check(  # type: ignore[attr-defined]
                health_pb2.HealthCheckRequest(), timeout=TIMEOUT_SECONDS
            )
        except grpc.aio.AioRpcError:
            return False
    return bool(response.status == health_pb2.HealthCheckResponse.SERVING)


def _http_ok(port: int) -> bool:
    try:
        # The port is our own, on loopback.
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=TIMEOUT_SECONDS) as response:
            return bool(response.status == 200)
    except (TimeoutError, urllib.error.URLError, ConnectionError):
        return False
