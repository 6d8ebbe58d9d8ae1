"""What the platform itself costs a turn: `python -m voicecbt.session.bench` times turns whose every part is instant.

The service, PostgreSQL, Redis and the sockets are real; recognition, emotion, rag, synthesis and the journal answer at
once. What is left is our own overhead. Prints a table; `--json FILE` writes the figures too.
"""

import argparse
import asyncio
import json
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles

from voicecbt.kit.local.ports import free_port, is_listening
from voicecbt.kit.local.postgres import LocalPostgres
from voicecbt.kit.local.valkey import LocalValkey
from voicecbt.kit.logs import configure_logging
from voicecbt.kit.migrate import upgrade
from voicecbt.kit.telemetry import configure_tracing
from voicecbt.kit.testing.keys import TokenMint
from voicecbt.kit.testing.processes import program
from voicecbt.session.testing.service import SessionService, Talk, session_service
from voicecbt.stubs.session.v1.session_pb2 import EndOfSpeech

WARM_UP_TURNS = 20  # Channels, prepared statements and keys are there after the first few.
Figures = dict[str, dict[str, float]]


def main() -> None:
    """Runs the bench on throw-away stores."""
    parser = argparse.ArgumentParser(prog="voicecbt.session.bench", description=__doc__)
    parser.add_argument("--turns", type=int, default=200, help="turns to time, of each kind")
    parser.add_argument("--json", type=Path, help="also write the figures, in milliseconds, to this file")
    arguments = parser.parse_args()
    configure_logging("bench", "ERROR", "console")
    configure_tracing("bench", "")
    with _stores() as (database_url, redis_url):
        figures = asyncio.run(_measure(database_url, redis_url, arguments.turns))
    for name, row in figures.items():
        print(f"{name:<68}" + "".join(f"  {key} {value:7.1f} ms" for key, value in row.items()))
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2))


async def _measure(database_url: str, redis_url: str, turns: int) -> Figures:
    figures: Figures = {}
    async with session_service(database_url, redis_url, TokenMint()) as service:
        for name, text_only in (("typed, text only", True), ("typed, spoken reply", False)):
            began = time.process_time()
            timed = await _time_turns(service, turns, text_only=text_only)
            spent = (time.process_time() - began) * 1000 / (WARM_UP_TURNS + turns)
            figures[f"{name}: to the first reply text"] = _row([first for first, _ in timed])
            figures[f"{name}: to the committed turn"] = _row([whole for _, whole in timed])
            figures[f"{name}: processor time, client and fakes included"] = {"mean": round(spent, 1)}
        figures["100 frames of 20 ms taken in"] = _row(await _time_frames(service, turns))
    return figures


async def _time_turns(service: SessionService, turns: int, *, text_only: bool) -> list[tuple[float, float]]:
    """Milliseconds to the first reply text and to `turn_completed`, of each turn."""
    person = uuid.uuid4()
    talk = await service.talk(person, await service.start(person), text_only=text_only)
    await talk.expect("opened")
    timed = [await _time_turn(talk) for _ in range(WARM_UP_TURNS + turns)]
    talk.call.cancel()
    return timed[WARM_UP_TURNS:]


async def _time_turn(talk: Talk) -> tuple[float, float]:
    started = time.perf_counter()
    turn_id = await talk.say("I feel low today and do not know why")
    await talk.expect("reply_delta", turn_id)
    first = time.perf_counter()
    await talk.expect("turn_completed", turn_id)
    return (first - started) * 1000, (time.perf_counter() - started) * 1000


async def _time_frames(service: SessionService, rounds: int) -> list[float]:
    """Milliseconds for 2 s of silence to reach the recogniser and its answer to come back."""
    person = uuid.uuid4()
    talk = await service.talk(person, await service.start(person))
    await talk.expect("opened")
    timed = []
    for _ in range(rounds):
        started = time.perf_counter()
        await talk.speak(2000, silence=True)
        await talk.send(end_of_speech=EndOfSpeech())
        await talk.expect("turn_failed")
        timed.append((time.perf_counter() - started) * 1000)
    talk.call.cancel()
    return timed


def _row(milliseconds: list[float]) -> dict[str, float]:
    cuts = quantiles(milliseconds, n=100)
    return {"p50": round(cuts[49], 1), "p95": round(cuts[94], 1)}


@contextmanager
def _stores() -> Iterator[tuple[str, str]]:
    folder = Path(tempfile.mkdtemp(prefix="voicecbt-bench-"))
    folder.chmod(0o755)  # The account that PostgreSQL runs as has to get in.
    postgres = LocalPostgres(folder / "postgres", free_port(), uuid.uuid4().hex)
    valkey = LocalValkey(folder / "valkey", free_port(), uuid.uuid4().hex)
    try:
        postgres.prepare()
        valkey.prepare()
        with (
            program(postgres.command, postgres.is_ready, folder / "postgres.log"),
            program(valkey.command, lambda: is_listening(valkey.port), folder / "valkey.log"),
        ):
            postgres.create_database("bench")
            upgrade("session", postgres.url_of("bench"))
            yield postgres.url_of("bench"), valkey.url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
