"""The emotion service: `python -m voicecbt.emotion`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from voicecbt.emotion.detection import EmotionDetector
from voicecbt.emotion.servicer import EmotionServicer
from voicecbt.emotion.settings import Settings
from voicecbt.emotion.speech.estimator import ProsodyEmotion
from voicecbt.emotion.text.estimator import LexiconEmotion
from voicecbt.emotion.workers import Workers
from voicecbt.kit.server import Application, Registration, Runtime, run_service
from voicecbt.stubs.emotion.v1 import emotion_pb2
from voicecbt.stubs.emotion.v1.emotion_pb2_grpc import add_EmotionServiceServicer_to_server

SERVICE = emotion_pb2.DESCRIPTOR.services_by_name["EmotionService"].full_name


@asynccontextmanager
async def compose(settings: Settings, runtime: Runtime) -> AsyncIterator[Application]:
    """Settings to a running application."""
    detector = EmotionDetector(LexiconEmotion(), ProsodyEmotion())
    with Workers(settings.threads, settings.waiting_utterances) as workers:
        servicer = EmotionServicer(detector, workers, enabled=settings.enabled)
        yield Application([Registration(add_EmotionServiceServicer_to_server, servicer, SERVICE)])


if __name__ == "__main__":
    run_service("emotion", Settings, compose)
