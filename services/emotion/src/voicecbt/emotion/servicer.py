"""gRPC to the use case and back; no rules here."""

# ruff: noqa: N802 - methods are named as the RPCs are

import grpc

from voicecbt.emotion.converters import to_response, to_utterance
from voicecbt.emotion.detection import EmotionDetector
from voicecbt.emotion.workers import Workers
from voicecbt.kit.errors import FailedPrecondition
from voicecbt.stubs.emotion.v1 import emotion_pb2 as pb
from voicecbt.stubs.emotion.v1 import emotion_pb2_grpc


class EmotionServicer(emotion_pb2_grpc.EmotionServiceServicer):
    """Serves voicecbt.emotion.v1.EmotionService."""

    def __init__(self, detector: EmotionDetector, workers: Workers, *, enabled: bool) -> None:
        self._detector = detector
        self._workers = workers
        self._enabled = enabled

    async def DetectEmotion(
        self,
        request: pb.DetectEmotionRequest,
        context: grpc.aio.ServicerContext[pb.DetectEmotionRequest, pb.DetectEmotionResponse],
    ) -> pb.DetectEmotionResponse:
        """See the contract. Where emotion is switched off: FAILED_PRECONDITION, reason EMOTION_OFF."""
        if not self._enabled:
            raise FailedPrecondition("EMOTION_OFF", "emotion detection is switched off in this deployment")
        utterance = to_utterance(request)
        return to_response(await self._workers.run(self._detector.detect, utterance))
