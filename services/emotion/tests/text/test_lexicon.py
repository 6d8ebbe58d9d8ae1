"""The packaged word list is complete, sound and of the promised size."""

from collections import Counter
from importlib import resources

import pytest
import yaml
from pydantic import ValidationError

from voicecbt.emotion.domain import Emotion
from voicecbt.emotion.text.lexicon import LexiconFile, build, load_lexicon, pattern

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def content() -> dict[str, object]:
    return yaml.safe_load(resources.files("voicecbt.emotion.text").joinpath("lexicon.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def file(content) -> LexiconFile:
    return LexiconFile.model_validate(content)


def test_every_emotion_has_entries_and_a_negation(file):
    assert set(file.emotions) == set(file.negated) == set(Emotion)
    assert load_lexicon().entries > 500


def test_no_entry_is_listed_twice(file):
    entries = Counter(
        (emotion, pattern(phrase))
        for emotion, strengths in file.emotions.items()
        for phrases in strengths.values()
        for phrase in phrases
    )
    assert [entry for entry, count in entries.items() if count > 1] == []


def test_no_phrase_tells_two_feelings(file):
    owners: dict[tuple[str, ...], set[Emotion]] = {}
    for emotion, strengths in file.emotions.items():
        for phrases in strengths.values():
            for phrase in phrases:
                owners.setdefault(pattern(phrase), set()).add(emotion)
    assert {phrase: emotions for phrase, emotions in owners.items() if len(emotions) > 1} == {}


def test_every_feeling_is_found_where_it_stands_alone(file):
    index = load_lexicon().index
    for strengths in file.emotions.values():
        for phrase in (phrase for phrases in strengths.values() for phrase in phrases):
            words = [word.removesuffix("*") for word in pattern(phrase)]
            assert [(match.start, match.end) for match in index.find(words)] == [(0, len(words))], phrase


def test_entries_become_words_as_texts_do():
    assert pattern("can't stop worr*") == ("can", "not", "stop", "worr*")
    assert pattern("really?") == ("really", "?")


@pytest.mark.parametrize("change", [{"emotions": {"glee": {}}}, {"negators": [False]}, {"extra": 1}, {"version": None}])
def test_a_file_of_another_shape_is_refused(content, change):
    with pytest.raises(ValidationError):
        LexiconFile.model_validate({**content, **change})


def test_an_emotion_without_a_negation_is_refused(file):
    without = {emotion: negation for emotion, negation in file.negated.items() if emotion is not Emotion.CALM}
    with pytest.raises(ValueError, match="calm"):
        build(file.model_copy(update={"negated": without}))
