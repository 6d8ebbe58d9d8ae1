"""Fills {feeling} and {situation} from a fixed vocabulary, so that nothing unchecked is said back."""

import re

from voicecbt.rag.compose.wording import SlotWording
from voicecbt.rag.content_schema import CannedResponse, slots_of
from voicecbt.rag.domain import Feeling
from voicecbt.rag.risk.normalise import normalise

_NEGATION_WORDS = frozenset({"not", "never", "no", "isnt", "dont", "wasnt", "without", "arent", "didnt"})
_NEGATION_REACH = 3  # words before a feeling: "I'm not really that anxious"


class Slots:
    """Finds what may stand in a wording's slots."""

    def __init__(self, wording: SlotWording) -> None:
        self._wording = wording
        things = "|".join(sorted((re.escape(each) for each in wording.situations), key=len, reverse=True))
        self._situation = re.compile(rf"\b(my|the|this|our) ({things})(?: with my ({things}))?\b")

    def fill(self, response: CannedResponse, text: str, feeling: Feeling) -> str:
        """The response's wording with its slots filled, or its plain wording where one cannot be."""
        values = {"feeling": self.feeling_noun(text, feeling), "situation": self.situation(text)}
        wanted = slots_of(response.text)
        if not all(values[slot] for slot in wanted):
            return response.plain
        return response.text.format(**{slot: values[slot] for slot in wanted}) if wanted else response.text

    def feeling_noun(self, text: str, feeling: Feeling) -> str:
        """The feeling that the person named, else the one that was heard; empty when neither."""
        words = normalise(text).split()
        for index, word in enumerate(words):
            before = words[max(0, index - _NEGATION_REACH) : index]
            if word in self._wording.feelings and not _NEGATION_WORDS.intersection(before):
                return self._wording.feelings[word]
        return self._wording.emotions.get(feeling.emotion, "") if feeling.emotion else ""

    def situation(self, text: str) -> str:
        """What it is about, in the second person: "your exam", "the row with your sister"; empty when unclear."""
        match = self._situation.search(normalise(text))
        if match is None:
            return ""
        owner = "your" if match[1] in ("my", "our") else "the"
        return f"{owner} {match[2]}" + (f" with your {match[3]}" if match[3] else "")
