"""Refuses request bodies that are too large, before they are held in memory."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from voicecbt.edge.limits import MAX_JSON_BYTES, MAX_UPLOAD_BYTES
from voicecbt.edge.problems import Problem

UPLOAD_PATH = "/api/v1/transcriptions"


class BodyLimits:
    """Raises Problem 413 where the body is read, be its length declared or not."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = MAX_UPLOAD_BYTES if scope["path"] == UPLOAD_PATH else MAX_JSON_BYTES
        declared = Headers(scope=scope).get("content-length", "0")
        received = 0

        async def limited() -> Message:
            nonlocal received
            if declared.isdecimal() and int(declared) > limit:
                raise _too_large(limit)
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise _too_large(limit)
            return message

        await self._app(scope, limited, send)


def _too_large(limit: int) -> Problem:
    return Problem(413, f"The body may have at most {limit >> 10} KiB here.")
