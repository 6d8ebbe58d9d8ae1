import io

import pytest
from rich.console import Console

from voicecbt.models.progress import Step, console_report

pytestmark = pytest.mark.unit


def test_a_log_gets_a_few_lines_a_file() -> None:
    out = io.StringIO()
    with console_report(Console(file=out, width=200)) as report:
        for done in range(0, 1_000_001, 10_000):
            report(Step("weights.whl", done, 1_000_000))
        report(Step("other.whl", 5, 5))
    lines = out.getvalue().splitlines()
    assert [line.split("%")[0] for line in lines] == [
        "weights.whl: 0 ",
        "weights.whl: 25 ",
        "weights.whl: 50 ",
        "weights.whl: 75 ",
        "weights.whl: 100 ",
        "other.whl: 100 ",
    ]
    assert lines[0].endswith("of 1.0 MB")


def test_a_terminal_gets_a_bar_per_file() -> None:
    out = io.StringIO()
    with console_report(Console(file=out, force_terminal=True, width=100)) as report:
        report(Step("weights.whl", 500_000, 1_000_000))
        report(Step("weights.whl", 1_000_000, 1_000_000))
    last = out.getvalue()
    assert "weights.whl" in last
    assert "1.0/1.0 MB" in last
