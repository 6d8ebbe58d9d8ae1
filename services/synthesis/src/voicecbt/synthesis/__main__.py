"""The synthesis service: `python -m voicecbt.synthesis`."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass

from voicecbt.kit.server import Application, Registration, Runtime, run_service
from voicecbt.models.store import ModelStore
from voicecbt.stubs.synthesis.v1 import synthesis_pb2
from voicecbt.stubs.synthesis.v1.synthesis_pb2_grpc import add_SynthesisServiceServicer_to_server
from voicecbt.synthesis.readiness import Readiness
from voicecbt.synthesis.servicer import SynthesisServicer
from voicecbt.synthesis.settings import Settings
from voicecbt.synthesis.speaking import Speaking
from voicecbt.synthesis.voices import Voice, load_voices

SERVICE = synthesis_pb2.DESCRIPTOR.services_by_name["SynthesisService"].full_name


@dataclass(frozen=True, slots=True)
class Voices:
    """The loaded voices by name, and what their model is called in answers."""

    by_name: Mapping[str, Voice]
    version: str


class NoSuchVoice(Exception):
    """The default voice of the settings is not installed."""


def load(settings: Settings, store: ModelStore) -> Voices:
    """Load the voices. Raises ModelMissing or ModelCorrupt, saying how to get them, or NoSuchVoice."""
    by_name = load_voices(store.path(settings.model), settings.synthesis_threads)
    if settings.default_voice not in by_name:
        raise NoSuchVoice(f"default_voice {settings.default_voice!r} is not one of {sorted(by_name)}")
    return Voices(by_name, f"{settings.model}/{store.catalog.model(settings.model).version}")


def assemble(settings: Settings, voices: Voices, executor: ThreadPoolExecutor) -> Application:
    """Wire the service; `executor` must have a single thread."""
    speaking = Speaking(voices.by_name, settings.default_voice, executor)
    infos = [voice.info for voice in voices.by_name.values()]
    servicer = SynthesisServicer(speaking, infos, voices.version)
    registration = Registration(add_SynthesisServiceServicer_to_server, servicer, SERVICE)
    return Application([registration], ready=Readiness(speaking.probe).check)


@asynccontextmanager
async def compose(settings: Settings, runtime: Runtime) -> AsyncIterator[Application]:
    """Settings to a running application."""
    voices = await asyncio.to_thread(load, settings, ModelStore())
    executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="synthesis")
    try:
        yield assemble(settings, voices, executor)
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


if __name__ == "__main__":
    run_service("synthesis", Settings, compose)
