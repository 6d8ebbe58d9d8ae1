"""Speech to text and text to speech outside a conversation."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from voicecbt.edge import examples
from voicecbt.edge.backends import Services
from voicecbt.edge.bodies import MessageBody
from voicecbt.edge.conversion import respond
from voicecbt.edge.credentials import Person
from voicecbt.edge.limits import REST_TIMEOUT_SECONDS, TRANSCRIPTION_TIMEOUT_SECONDS
from voicecbt.edge.openapi import WRITING, answers, problem_answers
from voicecbt.edge.problems import Problem
from voicecbt.edge.recordings import FILE_FIELD, read_recording
from voicecbt.edge.wav import wav_of
from voicecbt.stubs.synthesis.v1 import synthesis_pb2
from voicecbt.stubs.transcription.v1 import transcription_pb2

router = APIRouter(tags=["speech"])

BUSY_RETRY_SECONDS = 5

AUDIO_SCHEMA = {"type": "string", "contentMediaType": "audio/*"}
UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": [FILE_FIELD],
                    "properties": {
                        FILE_FIELD: {"type": "string", "format": "binary", "description": "WAV, FLAC, Ogg or WebM."},
                        "language": {"type": "string", "maxLength": 35, "description": "BCP 47; detected if left out."},
                        "word_timestamps": {"type": "string", "enum": ["true", "false"]},
                    },
                }
            },
            "audio/wav": {"schema": AUDIO_SCHEMA},
        },
    }
}
SPEAK = MessageBody(synthesis_pb2.SynthesizeRequest, {"text": "Take a slow breath.", "sample_rate_hz": 24000})
WAV_ANSWER = {"description": "A mono 16-bit WAV file.", "content": {"audio/wav": {"schema": AUDIO_SCHEMA}}}


@asynccontextmanager
async def _upload_slot(request: Request) -> AsyncIterator[None]:
    """One of the few places for recordings in memory. Raises Problem 503 when all are taken."""
    slots: asyncio.Semaphore = request.app.state.upload_slots
    if slots.locked():
        raise Problem(503, "Too many recordings at once. Try again shortly.", retry_after_seconds=BUSY_RETRY_SECONDS)
    async with slots:
        yield


@router.post(
    "/api/v1/transcriptions",
    summary="Transcribe a recording",
    responses=answers(examples.TRANSCRIPT, *WRITING),
    openapi_extra=UPLOAD,
)
async def transcribe(request: Request, services: Services, person: Person) -> Response:
    """WAV, FLAC, Ogg/Opus or WebM/Opus, up to 10 minutes and 32 MiB. Silence and noise give an empty text."""
    async with _upload_slot(request):
        recording = await read_recording(request)
        message = transcription_pb2.TranscribeRequest(
            audio=recording.audio, language=recording.language, word_timestamps=recording.word_timestamps
        )
        answer = await services.transcription.Transcribe(
            message, metadata=person.metadata(), timeout=TRANSCRIPTION_TIMEOUT_SECONDS
        )
    return respond(answer)


@router.post(
    "/api/v1/speech",
    summary="Speak a text",
    response_class=Response,
    responses={200: WAV_ANSWER, **problem_answers(*WRITING)},
    openapi_extra=SPEAK.openapi(),
)
async def speak(
    services: Services, person: Person, body: Annotated[synthesis_pb2.SynthesizeRequest, Depends(SPEAK)]
) -> Response:
    """Up to 1000 characters, as a WAV file. The conversation streams its replies; this is for a single passage."""
    audio, rate = bytearray(), 0
    call = services.synthesis.Synthesize(body, metadata=person.metadata(), timeout=REST_TIMEOUT_SECONDS)
    async for chunk in call:
        audio += chunk.audio
        rate = chunk.sample_rate_hz or rate
    if not rate:
        raise Problem(503, "No speech was made. Please try again.", retry_after_seconds=BUSY_RETRY_SECONDS)
    return Response(wav_of(bytes(audio), rate), media_type="audio/wav", headers={"cache-control": "no-store"})
