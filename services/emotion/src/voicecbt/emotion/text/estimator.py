"""Emotion from words by a lexicon: a rough hint, said to be one."""

import math
from collections.abc import Sequence

from voicecbt.emotion.circumplex import expected_affect
from voicecbt.emotion.domain import Distribution, Emotion, Method, Modality, ModalityEstimate
from voicecbt.emotion.text.evidence import Evidence, collect
from voicecbt.emotion.text.lexicon import Lexicon, load_lexicon
from voicecbt.emotion.text.words import CLAUSE_END, words

# Points that every emotion has before a word is read, neutral more: one mild word is not to decide alone.
PRIOR_POINTS = {emotion: 0.6 if emotion is Emotion.NEUTRAL else 0.06 for emotion in Emotion}
# Less than a mild word that was negated or toned down says nothing.
MIN_POINTS = 0.5
# What words can claim of the fused estimate when they are clear: less than all, because word lists miss irony.
TEXT_WEIGHT = 0.9
# Points at which words have two thirds of their weight.
CLEAR_POINTS = 0.6
# Words say little about arousal: people write and say "I am furious" quietly.
AROUSAL_SHARE = 0.4
# Points of the strongest single feeling at which intensity is 1: "extremely" before a strong word.
FULL_INTENSITY_POINTS = 4.5
# From this many words on, a text without a fifth of common English words is taken for another language.
MIN_WORDS_TO_TELL_LANGUAGE = 4
MIN_ENGLISH_SHARE = 0.2


class LexiconEmotion:
    """Implements TextEmotion for English. Other languages, and words that tell nothing, give None."""

    def __init__(self, lexicon: Lexicon | None = None) -> None:
        self._lexicon = lexicon or load_lexicon()

    def estimate(self, text: str, language: str) -> ModalityEstimate | None:
        """See TextEmotion."""
        spoken = words(text)
        if not self._is_english(spoken, language):
            return None
        evidence = collect(spoken, self._lexicon)
        total = math.fsum(each.points for each in evidence)
        if total < MIN_POINTS:
            return None
        return self._estimate(evidence, total)

    def _estimate(self, evidence: Sequence[Evidence], total: float) -> ModalityEstimate:
        masses = dict(PRIOR_POINTS)
        for each in evidence:
            masses[each.emotion] += each.points
        probabilities = Distribution.of(masses)
        affect = expected_affect(probabilities)
        weight = TEXT_WEIGHT * (1 - math.exp(-total / CLEAR_POINTS))
        return ModalityEstimate(
            modality=Modality.TEXT,
            probabilities=probabilities,
            weight=weight,
            arousal=affect.arousal,
            arousal_weight=weight * AROUSAL_SHARE,
            valence=affect.valence,
            intensity=min(1.0, max(each.points for each in evidence) / FULL_INTENSITY_POINTS),
            model_version=self._lexicon.version,
            method=Method.HEURISTIC,
        )

    def _is_english(self, spoken: Sequence[str], language: str) -> bool:
        if language:
            return language.lower().replace("_", "-").split("-")[0] in {"en", "eng"}
        only_words = [word for word in spoken if word not in {CLAUSE_END, "?"}]
        if len(only_words) < MIN_WORDS_TO_TELL_LANGUAGE:
            return True
        english = sum(word in self._lexicon.english_words for word in only_words)
        return english / len(only_words) >= MIN_ENGLISH_SHARE
