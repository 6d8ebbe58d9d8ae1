"""New wordings of known families: those that no rule was written for must be found nearly as often as the others."""

from pathlib import Path
from typing import TypedDict

import pytest
import yaml

from voicecbt.rag.domain import RiskLevel
from voicecbt.rag.risk.assess import RiskAssessor

pytestmark = pytest.mark.unit

# Shares of the messages of one split; what is missed is known and told in the report of a run.
LEAST_RECALL = {"tune": 0.95, "held_out": 0.9, "after_rules": 0.5}
LEAST_GRAVE_RECALL = {"tune": 0.95, "held_out": 0.9, "after_rules": 0.45}
# The false alarms of the last split are words that only their subject makes harmless ("how to do it").
MOST_FALSE_ALARMS = {"tune": 0.05, "held_out": 0.1, "after_rules": 0.2}


class Message(TypedDict):
    split: str
    family: str
    level: str
    kind: str
    text: str


MESSAGES: list[Message] = yaml.safe_load(
    (Path(__file__).parent / "data/safety_messages_held_out.yaml").read_text("utf-8")
)["messages"]
ASSESSOR = RiskAssessor()


def _of(split: str, *levels: str) -> list[RiskLevel]:
    return [
        ASSESSOR.assess(each["text"]).level for each in MESSAGES if each["split"] == split and each["level"] in levels
    ]


def _share(levels: list[RiskLevel], least: RiskLevel) -> float:
    return sum(level >= least for level in levels) / len(levels)


def test_the_set_is_large_and_no_message_is_in_both_splits() -> None:
    assert len({each["text"].lower() for each in MESSAGES}) == len(MESSAGES) >= 120
    assert sum(each["level"] != "none" for each in MESSAGES) >= 70
    assert sum(each["level"] == "none" for each in MESSAGES) >= 50


@pytest.mark.parametrize("split", ["tune", "held_out", "after_rules"])
def test_new_wordings_are_seen(split: str) -> None:
    recall = _share(_of(split, "high", "elevated"), RiskLevel.ELEVATED)
    grave = _share(_of(split, "high"), RiskLevel.HIGH)
    print(f"{split}: at least ELEVATED {recall:.3f}, grave ones at least HIGH {grave:.3f}")
    assert recall >= LEAST_RECALL[split]
    assert grave >= LEAST_GRAVE_RECALL[split]


@pytest.mark.parametrize("split", ["tune", "held_out", "after_rules"])
def test_ordinary_talk_stays_quiet(split: str) -> None:
    alarms = _share(_of(split, "none"), RiskLevel.ELEVATED)
    print(f"{split}: false alarms {alarms:.3f}")
    assert alarms <= MOST_FALSE_ALARMS[split]
