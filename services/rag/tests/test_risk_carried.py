"""What a session knows of a person's risk counts in every later message."""

import pytest

from voicecbt.rag.domain import RiskAssessment, RiskCue, RiskKind, RiskLevel
from voicecbt.rag.risk.assess import RiskAssessor

pytestmark = pytest.mark.unit

ASSESSOR = RiskAssessor()
BURDEN = "everyone would be better off without me"


def _known(level: RiskLevel, kind: RiskKind = RiskKind.SUICIDE, rule_id: str = "") -> RiskAssessment:
    cues = (RiskCue(rule_id, kind, level),) if rule_id else ()
    return RiskAssessment(level, kind, cues, level >= RiskLevel.HIGH, "test")


@pytest.mark.parametrize("answer", ["tonight", "I have the pills here", "I have a plan", "I know exactly how"])
def test_means_plan_or_time_after_what_is_known(answer: str) -> None:
    assert ASSESSOR.assess(answer).level is RiskLevel.NONE
    assert ASSESSOR.assess(answer, [], _known(RiskLevel.ELEVATED)).level is RiskLevel.HIGH
    assert ASSESSOR.assess(answer, [], _known(RiskLevel.HIGH)).level is RiskLevel.IMMINENT
    assert ASSESSOR.assess(answer, ["nice weather"] * 50, _known(RiskLevel.IMMINENT)).level is RiskLevel.IMMINENT


def test_means_after_a_passive_cue_are_high_without_anything_known() -> None:
    assert ASSESSOR.assess("I have the pills here", [BURDEN]).level is RiskLevel.HIGH
    assert ASSESSOR.assess("tonight", [BURDEN, "let us talk about work"]).level is RiskLevel.HIGH


def test_a_confirmed_yes_is_remembered_in_later_turns() -> None:
    earlier = ["I wish I'd never been born", "yes", "I don't want to talk about that"]
    assert ASSESSOR.assess(earlier[2], earlier[:2]).level is RiskLevel.ELEVATED
    assert ASSESSOR.assess("I have the pills here", earlier).level is RiskLevel.IMMINENT


@pytest.mark.parametrize("denial", ["no", "I'm fine", "I'm not suicidal", "forget I said that"])
@pytest.mark.parametrize("level", [RiskLevel.HIGH, RiskLevel.IMMINENT])
def test_no_denial_clears_what_is_known(denial: str, level: RiskLevel) -> None:
    assessment = ASSESSOR.assess(denial, ["the weather"] * 20, _known(level))
    assert (assessment.level, assessment.kind) == (RiskLevel.ELEVATED, RiskKind.SUICIDE)


def test_the_turn_after_a_passive_cue_stays_elevated_and_later_ones_do_not() -> None:
    assert ASSESSOR.assess("no", [BURDEN]).level is RiskLevel.ELEVATED
    assert ASSESSOR.assess("it rained", [BURDEN, "no"]).level is RiskLevel.NONE


def test_passive_cues_in_several_turns_are_high() -> None:
    turns = ["I wish I'd never been born", "life isn't worth living", "I see no way out"]
    assert ASSESSOR.assess(turns[0]).level is RiskLevel.ELEVATED
    assert ASSESSOR.assess(turns[1], turns[:1]).level is RiskLevel.HIGH
    assert ASSESSOR.assess(turns[2], turns[:2]).level is RiskLevel.HIGH


def test_the_same_passive_words_are_high_the_third_time() -> None:
    assert ASSESSOR.assess(BURDEN, [BURDEN]).level is RiskLevel.ELEVATED
    assert ASSESSOR.assess(BURDEN, [BURDEN, "hm", BURDEN]).level is RiskLevel.HIGH


def test_worry_about_somebody_else_is_not_the_speakers_own() -> None:
    earlier = ["my friend said she wants to die", "yes"]
    assert ASSESSOR.assess("I have tablets for my back", earlier).level is RiskLevel.NONE
    other = _known(RiskLevel.ELEVATED, rule_id="suicide.wish_to_be_dead:about_another")
    assert ASSESSOR.assess("tonight", [], other).level is RiskLevel.NONE


def test_a_known_kind_that_cannot_be_prepared_is_not_completed_by_means() -> None:
    assert ASSESSOR.assess("I have pills", [], _known(RiskLevel.HIGH, RiskKind.ABUSE)).level is RiskLevel.ELEVATED


@pytest.mark.parametrize(
    "text",
    [
        BURDEN,
        "they would be happier if I was gone",
        "people would be relieved if I died",
        "my brother said I should call you. everyone would be happier without me",
        "my wife and kids would manage fine once I'm dead",
    ],
)
def test_a_burden_felt_is_never_about_somebody_else(text: str) -> None:
    assessment = ASSESSOR.assess(text)
    assert assessment.level >= RiskLevel.ELEVATED
    assert not any(cue.rule_id.endswith(":about_another") for cue in assessment.cues)


@pytest.mark.parametrize(
    "text",
    [
        "I watched a film about a man who killed himself",
        "we read a novel in which she wants to die",
        "my character hanged himself in the game",
    ],
)
def test_a_character_is_nobody_in_danger(text: str) -> None:
    assert ASSESSOR.assess(text).level is RiskLevel.NONE


def test_a_film_hides_nothing_of_the_speakers_own() -> None:
    assert ASSESSOR.assess("I watched a film about a man who died and now I want to die").level is RiskLevel.HIGH
    assert ASSESSOR.assess("my son watched a movie and says he wants to die").level is RiskLevel.ELEVATED


@pytest.mark.parametrize(
    "heard", ["sue a side", "sewer side", "sewerside", "suiside", "sucide", "su i cide", "soo a side"]
)
def test_a_misheard_word_is_the_word(heard: str) -> None:
    assert ASSESSOR.assess(f"I keep thinking about {heard}").level is RiskLevel.HIGH


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("i want to dye", RiskLevel.HIGH),
        ("i want to dye my hair", RiskLevel.NONE),
        ("i want to un alive my self", RiskLevel.HIGH),
        ("i can not go on living like this", RiskLevel.HIGH),
    ],
)
def test_spelling_variants(text: str, level: RiskLevel) -> None:
    assert ASSESSOR.assess(text).level is level
