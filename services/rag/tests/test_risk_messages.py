"""The labelled set: nothing grave may be missed; false alarms are counted and bounded."""

from pathlib import Path
from typing import TypedDict

import pytest
import yaml

from voicecbt.rag.domain import RiskKind, RiskLevel
from voicecbt.rag.risk.assess import RiskAssessor

pytestmark = pytest.mark.unit


class Group(TypedDict):
    level: str
    kind: str
    about: str
    texts: list[str]


class Labelled(TypedDict):
    must: list[Group]
    none: list[str]


LABELLED: Labelled = yaml.safe_load((Path(__file__).parent / "data/safety_messages.yaml").read_text("utf-8"))
ASSESSOR = RiskAssessor()
# Questions asked without need, as a share of the hard negatives.
MOST_FALSE_ALARMS = 0.02


def _cases() -> list[tuple[str, str, str]]:
    return [(group["level"], group["kind"], text) for group in LABELLED["must"] for text in group["texts"]]


def test_the_set_is_large_and_half_of_it_is_hard_negatives() -> None:
    positives = len(_cases())
    assert positives + len(LABELLED["none"]) >= 150
    assert len(LABELLED["none"]) >= 100


@pytest.mark.parametrize(("level", "kind", "text"), _cases())
def test_nothing_grave_is_missed(level: str, kind: str, text: str) -> None:
    assessment = ASSESSOR.assess(text)
    assert assessment.level >= RiskLevel[level.upper()]
    assert RiskKind[kind.upper()] in {cue.kind for cue in assessment.cues}
    assert assessment.bypass_generation == (assessment.level >= RiskLevel.HIGH)


def test_an_elevated_message_does_not_bypass_the_conversation() -> None:
    for group in LABELLED["must"]:
        if group["level"] == "elevated":
            levels = {text: ASSESSOR.assess(text).level for text in group["texts"]}
            assert all(level is RiskLevel.ELEVATED for level in levels.values()), levels


def test_figures_of_speech_and_denials_raise_no_alarm() -> None:
    alarms = [text for text in LABELLED["none"] if ASSESSOR.assess(text).level > RiskLevel.NONE]
    print(f"false alarms: {len(alarms)} of {len(LABELLED['none'])}: {alarms}")
    assert len(alarms) <= MOST_FALSE_ALARMS * len(LABELLED["none"]), alarms


def test_cue_ids_never_hold_the_words() -> None:
    for _, _, text in _cases():
        for cue in ASSESSOR.assess(text).cues:
            assert " " not in cue.rule_id
            assert cue.rule_id.replace("_", " ").split(".")[-1] not in text.lower() or "." in cue.rule_id
