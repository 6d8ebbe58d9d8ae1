"""The bench on clips made here."""

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecbt.transcription.bench import edits, plain

pytestmark = pytest.mark.integration

WORDS = st.lists(st.sampled_from(["i", "feel", "fine", "not"]), max_size=6)


def bench(folder):
    command = [sys.executable, "-m", "voicecbt.transcription.bench", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_it_reports_errors_and_times(tmp_path, say, file_of):
    sentences = ["I went for a walk in the park.", "My chest gets tight when I speak."]
    lines = ["file\tspeaker\ttext"]
    for number, sentence in enumerate(sentences):
        (tmp_path / f"{number}.wav").write_bytes(file_of(say(sentence)))
        lines.append(f"{number}.wav\tsynthetic\t{sentence.upper()}")
    (tmp_path / "index.tsv").write_text("\n".join(lines))
    figures = json.loads(bench(tmp_path).stdout)
    assert figures["clips"] == 2
    assert figures["word_error_rate"] < 0.3
    assert 0 < figures["seconds_p50"] <= figures["seconds_p95"]
    assert figures["long_clip_seconds"] > 0


def test_a_folder_without_an_index_is_said_to_have_none(tmp_path):
    finished = bench(tmp_path)
    assert finished.returncode == 2
    assert "has no index.tsv" in finished.stderr


def test_words_are_compared_without_case_and_signs():
    assert plain("I'm fine -- well, REALLY!") == ["i'm", "fine", "well", "really"]


@given(WORDS, WORDS)
def test_edits_are_a_distance(one, other):
    assert edits(one, other) == edits(other, one)
    assert (edits(one, other) == 0) == (one == other)
    assert abs(len(one) - len(other)) <= edits(one, other) <= max(len(one), len(other))


def test_edits_count_changes_additions_and_drops():
    assert edits(plain("i feel fine"), plain("i feel not fine")) == 1
    assert edits(plain("i feel fine"), plain("you feel")) == 2
