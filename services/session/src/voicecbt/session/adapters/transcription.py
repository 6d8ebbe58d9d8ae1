"""Recogniser, by the transcription service."""

from collections.abc import AsyncGenerator, AsyncIterator

import grpc

from voicecbt.session.adapters.failures import calling
from voicecbt.stubs.transcription.v1.transcription_pb2 import StreamTranscribeRequest, StreamTranscribeResponse
from voicecbt.stubs.transcription.v1.transcription_pb2_grpc import TranscriptionServiceStub

CONVERSATION_SECONDS = 4 * 3600.0  # The longest conversation on one stream; the next frame opens another.


class GrpcRecogniser:
    """One `StreamTranscribe` a conversation."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = TranscriptionServiceStub(channel)

    async def listen(
        self, requests: AsyncIterator[StreamTranscribeRequest]
    ) -> AsyncGenerator[StreamTranscribeResponse, None]:
        """See Recogniser."""
        with calling("transcription"):
            call = self._stub.StreamTranscribe(requests, timeout=CONVERSATION_SECONDS)
            try:
                async for response in call:
                    yield response
            finally:
                call.cancel()
