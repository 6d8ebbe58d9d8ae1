"""Picks the vetted response that fits: technique, phase, emotion, severity, nearness to what was said, not yet used."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from voicecbt.rag.blending import cosine_score
from voicecbt.rag.compose.choice import draw, seed_of
from voicecbt.rag.compose.sentences import sentences_of
from voicecbt.rag.compose.thread import Thread, says
from voicecbt.rag.content_schema import CannedResponse
from voicecbt.rag.domain import Feeling, ReplyRequest

SUPPORTIVE = "supportive_listening"

# What outweighs what: being in the right technique counts most, then the feeling, then the wording's nearness.
_TECHNIQUE_WEIGHT = 1.0
_SUPPORTIVE_WEIGHT = 0.6
_EMOTION_WEIGHT = 0.6
_SEVERITY_WEIGHT = 0.3
_NEARNESS_WEIGHT = 1.0
# A wording made for what was just said ("could" for a plan) before one that fits anything.
_SPOKEN_WEIGHT = 0.5
# Below every other reason: only between equals.
_DRAW_WEIGHT = 0.05
# "It sounds as if ... It sounds as if ..." is how a machine talks.
_ECHO_PENALTY = 0.5


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the moment asks for. `techniques` in the order of preference."""

    phase: str
    techniques: tuple[str, ...]
    feeling: Feeling


def choose_response(
    responses: Iterable[CannedResponse],
    wanted: Wanted,
    nearness: Mapping[str, float],
    request: ReplyRequest,
    thread: Thread,
    opening: str,
) -> CannedResponse | None:
    """The best response of the wanted phase, or None where none is left unsaid.

    One that presupposes what nobody said is no choice. `nearness` is the cosine of each response to what was said;
    empty when search is down. `opening` is what the reply says before it.
    """
    used = {each.response_id for each in request.history}
    open_ = [each for each in responses if each.phase == wanted.phase and each.id not in used]
    open_ = [each for each in open_ if thread.mentions(each.needs_words)]
    fitting = [each for each in open_ if each.technique in wanted.techniques] or [
        each for each in open_ if each.technique == SUPPORTIVE
    ]
    seed = seed_of(request)
    openings = {_first_words(sentence) for sentence in sentences_of(opening)}

    def score(each: CannedResponse) -> float:
        echo = _ECHO_PENALTY * (_first_words(each.plain) in openings)
        spoken = _SPOKEN_WEIGHT * (bool(each.needs_words) and says(thread.now, each.needs_words))
        return _fit(each, wanted, nearness) + spoken - echo + _DRAW_WEIGHT * draw(seed, each.id)

    return max(fitting, key=score, default=None)


def _first_words(text: str) -> tuple[str, ...]:
    return tuple(text.casefold().split()[:2])


def choose_acknowledgement(
    acknowledgements: Sequence[CannedResponse], feeling: Feeling, said: Sequence[str], thread: Thread, seed: str
) -> CannedResponse | None:
    """A reflection of the emotion that was not said yet; None where no emotion was heard or all were said."""
    fitting = [
        each
        for each in acknowledgements
        if feeling.emotion in each.emotions
        and thread.mentions(each.needs_words)
        and not any(each.plain in earlier for earlier in said)
    ]
    return max(
        fitting,
        key=lambda each: _SEVERITY_WEIGHT * (feeling.severity in each.severity) + _DRAW_WEIGHT * draw(seed, each.id),
        default=None,
    )


def _fit(response: CannedResponse, wanted: Wanted, nearness: Mapping[str, float]) -> float:
    technique = _TECHNIQUE_WEIGHT if response.technique == wanted.techniques[0] else _SUPPORTIVE_WEIGHT
    emotion = _EMOTION_WEIGHT * (wanted.feeling.emotion in response.emotions)
    severity = _SEVERITY_WEIGHT * (wanted.feeling.severity in response.severity)
    return technique + emotion + severity + _NEARNESS_WEIGHT * cosine_score(nearness.get(response.id, 0.0))
