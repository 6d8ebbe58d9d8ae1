"""What was said before counts, and what lowers a cue is narrow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecbt.rag.domain import RiskKind, RiskLevel
from voicecbt.rag.risk.assess import RiskAssessor
from voicecbt.rag.risk.normalise import normalise, variants

pytestmark = pytest.mark.unit

ASSESSOR = RiskAssessor()


def test_a_denial_after_a_high_message_stays_elevated() -> None:
    assessment = ASSESSOR.assess("I'm fine now, forget it, I'm not suicidal", ["I want to kill myself"])
    assert assessment.level is RiskLevel.ELEVATED
    assert assessment.kind is RiskKind.SUICIDE
    assert not assessment.bypass_generation


def test_an_earlier_high_message_is_never_cleared_by_later_talk() -> None:
    earlier = ["I want to die", *["we talked about the weather"] * 40]
    assert ASSESSOR.assess("the weather is nice", earlier).level is RiskLevel.ELEVATED


@pytest.mark.parametrize("answer", ["tonight", "I have pills", "I have a plan", "when they are asleep"])
def test_a_short_answer_completes_a_grave_message(answer: str) -> None:
    assert ASSESSOR.assess(answer).level is RiskLevel.NONE
    assert ASSESSOR.assess(answer, ["I want to kill myself"]).level is RiskLevel.IMMINENT


DARK_AND_DENIED = ["life isn't worth living", "no, I'm not thinking of that"]


@pytest.mark.parametrize(
    "later",
    [
        "let's talk about my job tomorrow",
        "I'm seeing my sister tonight",
        "my pills help me sleep",
        "I took my tablets this morning",
        "I can't go on holiday",
        "I have to take my medication now",
    ],
)
@pytest.mark.parametrize("before", [DARK_AND_DENIED, ["I want to die", "thanks, the call helped", "I ate something"]])
def test_ordinary_talk_after_a_dark_sentence_stays_ordinary(later: str, before: list[str]) -> None:
    assert ASSESSOR.assess(later, before).level <= RiskLevel.ELEVATED


@pytest.mark.parametrize("later", ["I have the pills here", "I've got a rope", "a gun is in my hand", "I wrote a note"])
def test_means_at_hand_count_however_long_after(later: str) -> None:
    assert ASSESSOR.assess(later, DARK_AND_DENIED).level >= RiskLevel.HIGH


def test_yes_right_after_a_grave_message_is_high_and_later_is_not() -> None:
    assert ASSESSOR.assess("yes", ["I want to die"]).level is RiskLevel.HIGH
    assert ASSESSOR.assess("yes", ["I want to die", "let us talk about work"]).level is RiskLevel.ELEVATED


def test_a_passive_cue_after_a_grave_message_is_high() -> None:
    assert ASSESSOR.assess("I can't go on", ["I want to die"]).level is RiskLevel.HIGH


def test_two_different_passive_cues_together_are_high() -> None:
    assert ASSESSOR.assess("nobody would miss me and I can't go on").level is RiskLevel.HIGH


@pytest.mark.parametrize(
    ("text", "suffix"),
    [
        ("my friend said she wants to die", "about_another"),
        ("years ago I was suicidal", "past"),
        ("I don't want to kill myself today", "hedged"),
        ("I get chest pains when I'm anxious", "with_panic"),
    ],
)
def test_the_reason_for_a_lower_level_is_part_of_the_cue(text: str, suffix: str) -> None:
    cues = ASSESSOR.assess(text).cues
    assert any(cue.rule_id.endswith(f":{suffix}") for cue in cues), cues


@given(st.text(max_size=400), st.lists(st.text(max_size=80), max_size=5))
def test_it_never_raises(text: str, earlier: list[str]) -> None:
    assert ASSESSOR.assess(text, earlier).level in RiskLevel


@pytest.mark.parametrize(
    "text", ["", "\ud83d", "\ud800 I want to die", "🙂🙂🙂", "word " * 10_000, "a" * 10_000, "{}[]()*" * 999]
)
def test_strange_input_gets_an_answer(text: str) -> None:
    assert ASSESSOR.assess(text).level in RiskLevel


def test_a_lone_surrogate_hides_nothing() -> None:
    assert ASSESSOR.assess("\ud800 I want to \ud800die").level is RiskLevel.HIGH


GRAVE = st.sampled_from(
    ["I want to kill myself", "I'm going to end my life", "I don't want to live anymore", "I'm suicidal"]
)


@given(GRAVE, st.sampled_from([str.upper, str.title, str.swapcase, str.lower]))
def test_case_changes_nothing(text: str, change: object) -> None:
    assert callable(change)
    assert ASSESSOR.assess(change(text)).level == ASSESSOR.assess(text).level


@given(GRAVE, st.sampled_from(["!", "...", "?!", " .", "\n", "  ", "\u200b", "…", ", "]))
def test_punctuation_and_invisible_marks_around_change_nothing(text: str, mark: str) -> None:
    assert ASSESSOR.assess(f"{mark}{text}{mark}").level >= RiskLevel.HIGH


@given(GRAVE, st.integers(0, 30))
def test_zero_width_marks_inside_change_nothing(text: str, position: int) -> None:
    assert ASSESSOR.assess(f"{text[:position]}\u200b{text[position:]}").level >= RiskLevel.HIGH


@pytest.mark.parametrize("quote", ["'", "\u2019", "\u02bc", "`", ""])
def test_any_apostrophe_will_do(quote: str) -> None:
    assert ASSESSOR.assess(f"I don{quote}t want to live").level is RiskLevel.HIGH


@given(st.text(max_size=300))
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once or len(variants(once)) > 0


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Don\u2019t!", "dont ."),
        ("su1c1de", "suicide"),
        ("su*cide and k*ll", "suicide and kill"),
        ("K I L L", "kill"),
        ("i k i l l", "i kill"),
        ("take 100mg at 8pm", "take 100mg at 8pm"),
        ("\uff57\uff41\uff4e\uff54 caf\u00e9", "want cafe"),
        ("well, no. Yes", "well , no . yes"),
    ],
)
def test_the_plain_form(text: str, plain: str) -> None:
    assert normalise(text) == plain


def test_drawn_out_letters_have_both_readings() -> None:
    assert variants("i want to dieeee") == ("i want to diee", "i want to die")
    assert variants("kill") == ("kill",)
