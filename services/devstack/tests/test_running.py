"""The stack's terminal: logs come through as they are, rotated or not, and nobody else's socket folder is used."""

import asyncio
import io
import os

import pytest
from rich.console import Console

from voicecbt.devstack import logtail, state
from voicecbt.devstack.logtail import follow_logs
from voicecbt.devstack.running import _printer
from voicecbt.devstack.state import StackFolder

pytestmark = pytest.mark.integration


def test_a_line_that_looks_like_markup_is_printed_as_it_is():
    written = io.StringIO()
    _printer(Console(file=written, width=200))("envoy", "[7][warning][main] [redacted] [/unopened]")
    assert written.getvalue().strip() == "envoy | [7][warning][main] [redacted] [/unopened]"


async def test_new_lines_are_followed_also_after_rotation(tmp_path, monkeypatch):
    monkeypatch.setattr(logtail, "POLL_SECONDS", 0.01)
    log = tmp_path / "rag.log"
    log.write_text("before the start\n")
    seen: list[tuple[str, str]] = []
    following = asyncio.create_task(follow_logs(tmp_path, lambda program, line: seen.append((program, line))))
    await asyncio.sleep(0.05)
    with log.open("a") as more:
        more.write("first\nhalf a ")
    await until(lambda: len(seen) == 1)
    with log.open("a") as more:
        more.write("line\n")
    await until(lambda: len(seen) == 2)
    log.write_text("new file\n")
    await until(lambda: len(seen) == 3)
    following.cancel()
    assert seen == [("rag", "first"), ("rag", "half a line"), ("rag", "new file")]


async def until(condition):
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in another task
            await asyncio.sleep(0.01)


def test_a_socket_folder_that_others_may_enter_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(state.tempfile, "gettempdir", lambda: str(tmp_path))
    folder = StackFolder.of(tmp_path / "stack")
    os.chmod(folder.socket.parent, 0o755)  # noqa: PTH101
    with pytest.raises(OSError, match="open to others"):
        _ = folder.socket
