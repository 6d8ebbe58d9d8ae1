"""One log line, one duration and one span a request. None holds an id, a query, a body or a token.

The last net for unexpected errors is here too, because it is what must never print their messages.
"""

import re
import time
import uuid
from dataclasses import dataclass

import structlog
from opentelemetry import context, propagate, trace
from opentelemetry.trace import SpanKind, Status, StatusCode
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from voicecbt.edge.problems import OUR_FAULT, Problem, to_response
from voicecbt.kit import metrics

log = structlog.get_logger(__name__)
_tracer = trace.get_tracer("voicecbt.edge")

REQUEST_ID_HEADER = "x-request-id"
REQUEST_ID = re.compile(r"[A-Za-z0-9-]{1,64}")

# Asked every few seconds by probes and proxies: no spans, and no log lines unless they fail.
QUIET = frozenset({"/healthz", "/readyz", "/.well-known/jwks.json"})


@dataclass(slots=True)
class _Outcome:
    status: int = 0  # 0 as long as nothing was sent.


class Observation:
    """Around everything but the security headers, which its own answers need too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI. Continues the trace that Envoy began; a WebSocket gets no span here: each of its turns has one."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        token = context.attach(propagate.extract(dict(headers)))
        try:
            with structlog.contextvars.bound_contextvars(request_id=request_id(headers)):
                if scope["type"] == "http":
                    await self._http(scope, receive, send)
                else:
                    await self._app(scope, receive, send)
        finally:
            context.detach(token)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] in QUIET:
            await self._measured(scope, receive, send)
            return
        with _tracer.start_as_current_span(scope["method"], kind=SpanKind.SERVER) as span:
            outcome = await self._measured(scope, receive, send)
            span.update_name(f"{scope['method']} {endpoint(scope)}")
            span.set_attributes({"http.request.method": scope["method"], "http.route": endpoint(scope)})
            span.set_attribute("http.response.status_code", outcome.status)
            if outcome.status >= 500:
                span.set_status(Status(StatusCode.ERROR))

    async def _measured(self, scope: Scope, receive: Receive, send: Send) -> _Outcome:
        started, outcome = time.monotonic(), _Outcome()
        bound = structlog.contextvars.get_contextvars()

        async def observed(message: Message) -> None:
            if message["type"] == "http.response.start":
                outcome.status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID_HEADER] = bound["request_id"]
            await send(message)

        await self._guarded(scope, receive, observed, outcome)
        seconds = time.monotonic() - started
        metrics.response_time_seconds.labels(endpoint=endpoint(scope)).observe(seconds)
        if outcome.status >= 500:
            metrics.errors.labels(error_type=str(outcome.status), service="edge").inc()
        if scope["path"] not in QUIET:
            log.info(
                "request",
                method=scope["method"],
                endpoint=endpoint(scope),
                status=outcome.status,
                ms=round(seconds * 1000, 1),
            )
        return outcome

    async def _guarded(self, scope: Scope, receive: Receive, send: Send, outcome: _Outcome) -> None:
        try:
            await self._app(scope, receive, send)
        except Exception as error:  # noqa: BLE001 - the last net
            # The type and the place are enough to find it; the message could hold what somebody said.
            log.error("unexpected error", endpoint=endpoint(scope), error_type=type(error).__name__, place=place(error))
            if outcome.status:
                raise ConnectionAbortedError from None  # Half an answer was sent: the connection cannot go on.
            await to_response(Problem(500, OUR_FAULT), scope["path"])(scope, receive, send)


def request_id(headers: Headers) -> str:
    """Envoy's id of the request, or a fresh one."""
    given = headers.get(REQUEST_ID_HEADER, "")
    return given if REQUEST_ID.fullmatch(given) else str(uuid.uuid4())


def endpoint(scope: Scope) -> str:
    """The route's template, never the address itself: it would hold ids and grow without bound."""
    template = getattr(scope.get("route"), "path", "")
    if template:
        return str(template)
    return "api" if scope["path"].startswith("/api/") else "frontend"


def place(error: BaseException) -> str:
    """Where it was raised, as file:line."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return f"{traceback.tb_frame.f_code.co_filename}:{traceback.tb_lineno}" if traceback else ""
