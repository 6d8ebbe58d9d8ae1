"""EmotionDetector, by the emotion service."""

from uuid import UUID

import grpc

from voicecbt.session.adapters.failures import calling
from voicecbt.session.turn.budgets import Budgets
from voicecbt.stubs.emotion.v1.emotion_pb2 import DetectEmotionRequest, EmotionEstimate
from voicecbt.stubs.emotion.v1.emotion_pb2_grpc import EmotionServiceStub

SAMPLE_RATE_HZ = 16_000


class GrpcEmotionDetector:
    """`DetectEmotion`."""

    def __init__(self, channel: grpc.aio.Channel, budgets: Budgets) -> None:
        self._stub = EmotionServiceStub(channel)
        self._timeout = budgets.emotion

    async def detect(self, audio: bytes, text: str, language: str, user_id: UUID) -> EmotionEstimate:
        """See EmotionDetector."""
        request = DetectEmotionRequest(
            audio=audio, sample_rate_hz=SAMPLE_RATE_HZ, text=text, language=language, user_id=str(user_id)
        )
        with calling("emotion"):
            response = await self._stub.DetectEmotion(request, timeout=self._timeout)
        return response.estimate
