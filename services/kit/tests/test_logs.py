"""What people say does not reach a log line, by whichever way it comes."""

import json
import logging

import pytest
import structlog

from voicecbt.kit.logs import configure_logging
from voicecbt.stubs.journal.v1 import journal_pb2

pytestmark = pytest.mark.unit

WORDS = "I have not slept since she left"


both_formats = pytest.mark.parametrize("log_format", ["json", "console"])


@pytest.fixture(autouse=True)
def restored():
    yield
    structlog.reset_defaults()
    logging.basicConfig(force=True)


def fail(words: str) -> None:
    raise ValueError(words)


@both_formats
def test_an_exception_is_logged_by_type_and_place_only(log_format, capsys):
    configure_logging("test", "INFO", log_format)
    try:
        try:
            fail(WORDS)
        except ValueError as cause:
            raise RuntimeError(WORDS) from cause
    except RuntimeError:
        structlog.get_logger("x").exception("it failed")
    written = capsys.readouterr().out
    assert WORDS not in written
    assert "RuntimeError" in written and "ValueError" in written and "in fail" in written


@both_formats
def test_the_standard_library_s_loggers_are_held_to_the_same(log_format, capsys):
    configure_logging("test", "INFO", log_format)
    try:
        fail(WORDS)
    except ValueError:
        logging.getLogger("asyncio").exception("task failed")
    written = capsys.readouterr().out
    assert WORDS not in written and "ValueError" in written


@both_formats
def test_a_message_is_redacted(log_format, capsys):
    configure_logging("test", "INFO", log_format)
    structlog.get_logger("x").info("recorded", mood=journal_pb2.Mood(mood_id="m1", notes=WORDS))
    written = capsys.readouterr().out
    assert WORDS not in written and "m1" in written


def test_json_lines_parse_and_name_the_service(capsys):
    configure_logging("journal", "INFO", "json")
    structlog.get_logger("x").info("ready", port=1)
    line = json.loads(capsys.readouterr().out)
    assert (line["service"], line["event"], line["level"]) == ("journal", "ready", "info")
