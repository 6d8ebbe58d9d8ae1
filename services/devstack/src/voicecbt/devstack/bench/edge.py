"""REST calls by many users at once, through Envoy and the edge, on real stores."""

import asyncio
import random
import time
import uuid
from collections.abc import Sequence

import grpc
import httpx

from voicecbt.devstack.bench.report import Report
from voicecbt.stubs.auth.v1 import auth_pb2, auth_pb2_grpc

USERS = (20, 100)
CALLS_PER_USER = 15
WRITE_SHARE = 0.3
# People look at a page before they click again. 100 users then make about 50 calls a second; this client's own work,
# about a third of all, is done on the same cores.
THINK_SECONDS = (1.0, 3.0)


async def measure_edge(address: str, auth_address: str, report: Report) -> None:
    """Reads (moods, sessions, trend) and writes (a mood) at 20 and at 100 concurrent users."""
    tokens = await _register(auth_address, max(USERS))
    for users in USERS:
        reads: list[float] = []
        writes: list[float] = []
        failures: list[int] = []
        limits = httpx.Limits(max_connections=users)
        async with (
            httpx.AsyncClient(base_url=address, timeout=30, limits=limits) as client,
            asyncio.TaskGroup() as group,
        ):
            for number, token in enumerate(tokens[:users]):
                group.create_task(_user(client, token, random.Random(number), reads, writes, failures))
        report.add(f"edge read, {users} users", "ms", reads, "p95 200")
        report.add(f"edge write, {users} users", "ms", writes, "p95 200")
        report.notes[f"failed calls, {users} users"] = str(len(failures))


async def _register(auth_address: str, count: int) -> Sequence[str]:
    """Accounts made past Envoy, whose limit on registrations from one address is not what is measured."""
    async with grpc.aio.insecure_channel(auth_address) as channel:
        stub = auth_pb2_grpc.AuthServiceStub(channel)
        tokens = []
        for _ in range(count):
            request = auth_pb2.RegisterRequest(email=f"{uuid.uuid4().hex}@example.com", password=uuid.uuid4().hex)
            tokens.append((await stub.Register(request, timeout=30)).tokens.access_token)
        return tokens


async def _user(
    client: httpx.AsyncClient,
    token: str,
    chance: random.Random,
    reads: list[float],
    writes: list[float],
    failures: list[int],
) -> None:
    for _ in range(CALLS_PER_USER):
        await asyncio.sleep(chance.uniform(*THINK_SECONDS))
        writing = chance.random() < WRITE_SHARE
        started = time.perf_counter()
        response = await (_write(client, token, chance) if writing else _read(client, token, chance))
        if response.is_success:
            (writes if writing else reads).append((time.perf_counter() - started) * 1000)
        else:
            failures.append(response.status_code)


async def _read(client: httpx.AsyncClient, token: str, chance: random.Random) -> httpx.Response:
    path = chance.choice(["/api/v1/moods", "/api/v1/sessions", "/api/v1/insights/mood-trend"])
    return await client.get(path, headers={"Authorization": f"Bearer {token}"})


async def _write(client: httpx.AsyncClient, token: str, chance: random.Random) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid.uuid4())}
    mood = {"mood_score": chance.randint(1, 10), "notes": "measured"}
    return await client.post("/api/v1/moods", json={"mood": mood}, headers=headers)
