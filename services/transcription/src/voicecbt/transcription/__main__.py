"""The transcription service: `python -m voicecbt.transcription`."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from voicecbt.kit.server import Application, Registration, Runtime, run_service
from voicecbt.models.store import ModelStore
from voicecbt.stubs.transcription.v1 import transcription_pb2
from voicecbt.stubs.transcription.v1.transcription_pb2_grpc import add_TranscriptionServiceServicer_to_server
from voicecbt.transcription.live_events import StreamOptions
from voicecbt.transcription.live_stream import LiveStream
from voicecbt.transcription.readiness import Readiness
from voicecbt.transcription.recogniser import Recogniser
from voicecbt.transcription.recognition_queue import RecognitionQueue
from voicecbt.transcription.recordings import Recordings
from voicecbt.transcription.servicer import TranscriptionServicer
from voicecbt.transcription.settings import Settings
from voicecbt.transcription.silero import SileroModel
from voicecbt.transcription.whisper import WhisperModel

SERVICE = transcription_pb2.DESCRIPTOR.services_by_name["TranscriptionService"].full_name


@dataclass(frozen=True, slots=True)
class Models:
    """The loaded models and what the recognition model is called in answers."""

    whisper: WhisperModel
    silero: SileroModel
    version: str


@dataclass(frozen=True, slots=True)
class Pools:
    """Threads for live streams, and for recordings, whose minutes must not hold up live ones."""

    listening: ThreadPoolExecutor
    decoding: ThreadPoolExecutor


def load_models(settings: Settings, store: ModelStore) -> Models:
    """Load what the service needs. Raises ModelMissing or ModelCorrupt, saying how to get it."""
    whisper = WhisperModel(store.path(settings.model), settings.recognition_threads, settings.expected_language)
    silero = SileroModel(store.path("silero-vad") / "silero_vad.onnx")
    return Models(whisper, silero, f"{settings.model}/{store.catalog.model(settings.model).version}")


@contextmanager
def thread_pools(settings: Settings) -> Iterator[Pools]:
    """The threads of the service; those of the recogniser are the queue's own."""
    listening = ThreadPoolExecutor(settings.listening_threads, thread_name_prefix="listening")
    decoding = ThreadPoolExecutor(settings.decoding_threads, thread_name_prefix="decoding")
    try:
        yield Pools(listening, decoding)
    finally:
        for pool in (listening, decoding):
            pool.shutdown(wait=False, cancel_futures=True)


def assemble(settings: Settings, models: Models, pools: Pools) -> Application:
    """Wire the service."""
    queue = RecognitionQueue(settings.waiting_recognitions)
    recogniser = Recogniser(models.whisper, queue)

    def open_stream(options: StreamOptions) -> LiveStream:
        return LiveStream(options, recogniser, models.silero.stream(), pools.listening)

    servicer = TranscriptionServicer(
        Recordings(recogniser, models.silero.stream, pools.decoding, settings.recordings_at_once),
        open_stream,
        models.whisper.languages,
        settings.end_of_turn_silence_ms,
        models.version,
    )
    registration = Registration(add_TranscriptionServiceServicer_to_server, servicer, SERVICE)
    return Application([registration], [queue.run], Readiness(recogniser.probe).check)


@asynccontextmanager
async def compose(settings: Settings, runtime: Runtime) -> AsyncIterator[Application]:
    """Settings to a running application."""
    models = await asyncio.to_thread(load_models, settings, ModelStore())
    with thread_pools(settings) as pools:
        yield assemble(settings, models, pools)


if __name__ == "__main__":
    run_service("transcription", Settings, compose)
