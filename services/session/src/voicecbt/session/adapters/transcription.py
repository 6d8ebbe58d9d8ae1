"""Recogniser, by the transcription service."""

import asyncio
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
            call = self._stub.StreamTranscribe(timeout=CONVERSATION_SECONDS)
            writing = asyncio.create_task(_write(call, requests))
            try:
                async for response in call:
                    yield response
            finally:
                call.cancel()
                writing.cancel()
                # A write that failed did so because the call has ended, which was told above.
                await asyncio.gather(writing, return_exceptions=True)


async def _write(
    call: grpc.aio.StreamStreamCall[StreamTranscribeRequest, StreamTranscribeResponse],
    requests: AsyncIterator[StreamTranscribeRequest],
) -> None:
    """Not left to gRPC: it goes on waiting for a request after its call has ended, and so swallows the next call's."""
    async for request in requests:
        await call.write(request)
    await call.done_writing()
