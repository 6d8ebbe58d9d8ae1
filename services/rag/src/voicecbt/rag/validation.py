"""Whether a reply may be said: rules over the words, well under a millisecond, each with a stable id."""

import re
from collections.abc import Sequence
from importlib.resources import files

import yaml

from voicecbt.rag.risk.normalise import normalise

MAX_WORDS = 70  # about 25 seconds of speech: a turn, not a lecture
MAX_QUESTIONS = 1


def _load_rules() -> dict[str, re.Pattern[str]]:
    source = yaml.safe_load((files("voicecbt.rag") / "validation_rules.yaml").read_text("utf-8"))
    rules: dict[str, list[str]] = source["rules"]
    return {rule: re.compile("|".join(f"(?:{each})" for each in patterns)) for rule, patterns in rules.items()}


_RULES = _load_rules()
# "Not your fault" is the opposite of blame; a fixed-width lookbehind cannot see every way of saying so.
_NO_BLAME = re.compile(
    r"\b(?:not|isnt|wasnt|never|arent|without it being|rather than) (?:\w+ ){0,2}?your (?:own )?fault\b"
)


def violations(reply: str, text: str = "", passages: Sequence[str] = ()) -> list[str]:
    """The ids of the rules that a reply breaks, in a fixed order; empty when it may be said.

    `text` is what the person said, `passages` what the reply may rest on. Saying the person's words back as one's own
    is `first_person_echo`. Never raises.
    """
    del passages  # grounding is checked by a later rule; the contract carries the passages already
    plain = _NO_BLAME.sub(" ", normalise(reply))
    broken = [rule for rule, pattern in _RULES.items() if pattern.search(plain)]
    return [*_form_violations(reply), *broken, *(["first_person_echo"] if _echoes(plain, text) else [])]


def _form_violations(reply: str) -> list[str]:
    broken = []
    if not reply.strip():
        broken.append("empty")
    if reply.count("?") > MAX_QUESTIONS:
        broken.append("more_than_one_question")
    if len(reply.split()) > MAX_WORDS:
        broken.append("too_long")
    if re.search(r"[{}<>]|https?://|\bas an ai language model\b", reply, re.IGNORECASE):
        broken.append("not_speakable")
    return broken


def _echoes(plain_reply: str, text: str) -> bool:
    """Whether the reply repeats what the person said of themselves, still in the first person."""
    said = re.findall(r"\bi(?:m| am| feel| cant| want| hate) (?:\w+ ){2,4}\w+", normalise(text))
    return any(each in plain_reply for each in said)
