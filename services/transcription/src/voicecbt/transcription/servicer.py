"""gRPC to the use cases and back; no rules here."""

# ruff: noqa: N802 - methods are named as the RPCs are

import asyncio
from collections.abc import AsyncIterator, Callable

import grpc

from voicecbt.kit.errors import InvalidArgument, PlatformError
from voicecbt.stubs.transcription.v1 import transcription_pb2 as pb
from voicecbt.stubs.transcription.v1 import transcription_pb2_grpc
from voicecbt.transcription.converters import to_event, to_input, to_language, to_options, to_response
from voicecbt.transcription.live_events import LiveInput, StreamOptions
from voicecbt.transcription.live_stream import LiveStream
from voicecbt.transcription.recordings import Recordings

OpenStream = Callable[[StreamOptions], LiveStream]


class TranscriptionServicer(transcription_pb2_grpc.TranscriptionServiceServicer):
    """Serves voicecbt.transcription.v1.TranscriptionService."""

    def __init__(
        self,
        recordings: Recordings,
        open_stream: OpenStream,
        languages: frozenset[str],
        end_silence_ms: int,
        model_version: str,
    ) -> None:
        self._recordings = recordings
        self._open_stream = open_stream
        self._languages = languages
        self._end_silence_ms = end_silence_ms
        self._model_version = model_version

    async def Transcribe(
        self,
        request: pb.TranscribeRequest,
        context: grpc.aio.ServicerContext[pb.TranscribeRequest, pb.TranscribeResponse],
    ) -> pb.TranscribeResponse:
        """See the contract."""
        language = to_language(request.language, self._languages)
        heard = await self._recordings.transcribe(request.audio, language, words=request.word_timestamps)
        return to_response(heard, self._model_version)

    async def StreamTranscribe(
        self,
        request_iterator: AsyncIterator[pb.StreamTranscribeRequest],
        context: grpc.aio.ServicerContext[pb.StreamTranscribeRequest, pb.StreamTranscribeResponse],
    ) -> AsyncIterator[pb.StreamTranscribeResponse]:
        """See the contract."""
        options = await self._opening(request_iterator)
        stream = self._open_stream(options)
        listening = asyncio.create_task(stream.run(self._inputs(request_iterator, options)))
        try:
            async for event in stream.events():
                yield to_event(event, self._model_version)
            await _finished(listening)
        finally:
            listening.cancel()
            # Its outcome was told above, or nobody is left to be told.
            await asyncio.gather(listening, return_exceptions=True)

    async def _opening(self, requests: AsyncIterator[pb.StreamTranscribeRequest]) -> StreamOptions:
        first = await anext(requests, None)
        if first is None or first.WhichOneof("request") != "config":
            raise InvalidArgument("config", "must be the first message of the stream")
        return to_options(first.config, self._languages, self._end_silence_ms)

    async def _inputs(
        self, requests: AsyncIterator[pb.StreamTranscribeRequest], opened: StreamOptions
    ) -> AsyncIterator[LiveInput]:
        async for request in requests:
            yield to_input(request, opened, self._languages, self._end_silence_ms)


async def _finished(listening: asyncio.Task[None]) -> None:
    """Waits for a stream, and raises the one error that ended it rather than the group it came in."""
    try:
        await listening
    except BaseExceptionGroup as group:
        errors = group.subgroup(PlatformError)
        raise _first(errors or group) from group


def _first(error: BaseException) -> BaseException:
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error
