"""The figures, on corpora small enough to check by hand, read from real files."""

import json
import random

import pytest
import soundfile

from voicecbt.emotion.domain import Emotion
from voicecbt.emotion.evaluate import main
from voicecbt.emotion.evaluation.scores import correlation, f1_by_label, unweighted_average_recall
from voicecbt.emotion.evaluation.speech import read_clips
from voicecbt.emotion.evaluation.text import EKMAN_GROUPS, GROUP_OF_EMOTION, GROUP_OF_LABEL, read_texts

pytestmark = pytest.mark.integration


@pytest.fixture
def goemotions(tmp_path):
    labels = list(GROUP_OF_LABEL)
    (tmp_path / "labels.txt").write_text("\n".join(labels))
    rows = [("I am so happy", "joy"), ("I am so sad", "grief"), ("it rains", "neutral"), ("so what", "anger")]
    lines = [f"{text}\t{labels.index(label)}\tid{number}" for number, (text, label) in enumerate(rows)]
    (tmp_path / "dev.tsv").write_text("\n".join(lines) + "\n")
    return tmp_path / "dev.tsv"


@pytest.fixture
def acted(tmp_path, voice):
    lines = ["file\tcorpus\tspeaker\tgender\temotion"]
    how = {"angry": {"harmonic_slope": 0.3, "movement_st": 6.0}, "sad": {"harmonic_slope": 2.0, "movement_st": 1.0}}
    for speaker, emotion in [("made-01", "angry"), ("made-01", "sad"), ("made-02", "angry"), ("made-02", "bored")]:
        name = f"{speaker}-{emotion}.flac"
        soundfile.write(tmp_path / name, voice(seconds=1.5, **how.get(emotion, {})), 16000)
        lines.append(f"{name}\tmade\t{speaker}\tfemale\t{emotion}")
    (tmp_path / "index.tsv").write_text("\n".join(lines) + "\n")
    return tmp_path / "index.tsv"


def test_text_figures(goemotions, capsys):
    assert main(["--text", str(goemotions)]) == 0
    figures = json.loads(capsys.readouterr().out)["text"]
    assert (figures["texts"], figures["coverage"]) == (4, 0.5)
    assert (figures["f1_joy"], figures["f1_sadness"], figures["f1_anger"]) == (1, 1, 0)
    assert figures["f1_neutral"] == pytest.approx(2 / 3, abs=0.001)


def test_speech_figures_by_halves_of_the_speakers(acted, capsys):
    assert main(["--speech", str(acted)]) == 0
    figures = json.loads(capsys.readouterr().out)["speech"]
    assert set(figures) == {"made tuned", "made held_out"}
    tuned = figures["made tuned"]
    assert (tuned["clips"], tuned["emotions"], tuned["chance"], tuned["uar"]) == (2, 2, 0.5, 1)
    assert tuned["arousal_r"] == pytest.approx(1)


def test_absent_data_is_said_to_be_absent(tmp_path, capsys):
    assert main(["--speech", str(tmp_path / "no.tsv"), "--text", str(tmp_path / "none.tsv")]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert [line.split(" is absent")[0].rsplit("/", 1)[-1] for line in told.err.splitlines()] == [
        "no.tsv",
        "none.tsv",
        "labels.txt",
    ]


def test_nothing_asked_is_a_usage_error():
    with pytest.raises(SystemExit):
        main([])


def test_labels_without_an_emotion_of_ours_are_left_out(acted):
    assert [clip.emotion for clip in read_clips(acted)] == [Emotion.ANGER, Emotion.SADNESS, Emotion.ANGER]


def test_groups_cover_all_labels_and_emotions(goemotions):
    assert len(GROUP_OF_LABEL) == 28
    assert set(GROUP_OF_EMOTION) == set(Emotion)
    assert set(GROUP_OF_EMOTION.values()) <= set(EKMAN_GROUPS)
    assert read_texts(goemotions)[1].groups == {"sadness"}


def test_f1_counts_any_of_several_true_labels_as_right():
    scores = f1_by_label([{"a", "b"}, {"b"}, {"a"}], ["a", "b", "b"], ["a", "b", "c"])
    assert scores == {"a": pytest.approx(2 / 3), "b": pytest.approx(0.5), "c": 0.0}


def test_unweighted_average_recall_ignores_how_common_a_label_is():
    assert unweighted_average_recall([1] * 98 + [2, 2], [1] * 99 + [2]) == 0.75
    with pytest.raises(ValueError, match="nothing"):
        unweighted_average_recall([], [])


def test_correlation_of_what_does_not_vary_is_zero():
    numbers = [random.Random(1).random() for _ in range(10)]
    assert correlation(numbers, numbers) == pytest.approx(1)
    assert correlation(numbers, [1.0] * 10) == correlation([1.0], [2.0]) == 0
