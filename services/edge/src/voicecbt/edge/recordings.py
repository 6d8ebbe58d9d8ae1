"""A recording in a request: a multipart form's file, or the raw body. It never touches the disk: it is health data."""

from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from voicecbt.edge.limits import MAX_AUDIO_BYTES, MAX_UPLOAD_BYTES
from voicecbt.edge.problems import Problem, invalid

FILE_FIELD = "file"
MAX_FORM_FIELDS = 8


@dataclass(frozen=True, slots=True)
class Recording:
    """Audio in any format that transcription takes, and what the form said about it."""

    audio: bytes
    language: str = ""
    word_timestamps: bool = False


class _InMemoryParser(MultiPartParser):
    spool_max_size = MAX_UPLOAD_BYTES  # The default is to write what is over 1 MiB to a temporary file.


async def read_recording(request: Request) -> Recording:
    """Raises Problem 400, 413 or 415."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == "multipart/form-data":
        return await _from_form(request)
    if media_type.startswith("audio/") or media_type in ("application/octet-stream", "application/ogg", "video/webm"):
        return _checked(Recording(await request.body(), request.query_params.get("language", "")))
    raise Problem(415, "Send the recording as multipart/form-data with a `file`, or as the body with an audio/* type.")


async def _from_form(request: Request) -> Recording:
    parser = _InMemoryParser(request.headers, request.stream(), max_files=1, max_fields=MAX_FORM_FIELDS)
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise invalid("body", error.message) from None
    except (KeyError, UnicodeDecodeError):
        raise invalid("body", "is not a valid multipart form") from None
    file = form.get(FILE_FIELD)
    if not isinstance(file, UploadFile):
        raise invalid(FILE_FIELD, "is missing: the recording goes there, with a file name")
    language, timestamps = form.get("language", ""), form.get("word_timestamps", "false")
    if not isinstance(language, str) or timestamps not in ("true", "false"):
        raise invalid("word_timestamps", "must be true or false, and language a text")
    return _checked(Recording(await file.read(), language, timestamps == "true"))


def _checked(recording: Recording) -> Recording:
    if not recording.audio:
        raise invalid(FILE_FIELD, "is empty")
    if len(recording.audio) > MAX_AUDIO_BYTES:
        raise Problem(413, f"A recording may have at most {MAX_AUDIO_BYTES >> 20} MiB.")
    return recording
