"""Structured logs: console for people, JSON for machines. What people say never gets here."""

import logging
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from typing import Literal

import structlog
from google.protobuf.message import Message
from opentelemetry import trace

from voicecbt.kit.redaction import redacted

LogFormat = Literal["json", "console"]


def configure_logging(service: str, level: str, log_format: LogFormat) -> None:
    """Sends structlog and the standard library's loggers to stdout, with service name and trace id in each line."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        _redact_messages,
        _add_trace,
        _place_of_exception,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    structlog.contextvars.bind_contextvars(service=service)


def _place_of_exception(
    _logger: object, _method: str, event: MutableMapping[str, object]
) -> MutableMapping[str, object]:
    exc_info = event.pop("exc_info", None)
    error = exc_info[1] if isinstance(exc_info, tuple) else exc_info
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        event["exception"] = places_of(error)
    return event


def places_of(error: BaseException) -> str:
    """Types and places of an exception and its causes, without messages and local values: those can be speech."""
    return "\n".join(_places(error))


def _places(error: BaseException) -> Iterator[str]:
    yield type(error).__qualname__
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"  {frame.filename}:{frame.lineno} in {frame.name}"
    causes = error.exceptions if isinstance(error, BaseExceptionGroup) else [error.__cause__ or error.__context__]
    for cause in causes:
        if cause is not None:
            yield "caused by"
            yield from _places(cause)


def _redact_messages(_logger: object, _method: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    for key, value in event.items():
        if isinstance(value, Message):
            event[key] = redacted(value)
    return event


def _add_trace(_logger: object, _method: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = trace.format_trace_id(context.trace_id)
    return event
