"""What an estimator of one modality has to offer. Trained models take the heuristics' place behind these."""

from typing import Protocol

from voicecbt.emotion.domain import ModalityEstimate
from voicecbt.kit.audio import Samples


class TextEmotion(Protocol):
    """Emotion from words."""

    def estimate(self, text: str, language: str) -> ModalityEstimate | None:
        """The estimate, or None when the words say nothing.

        `language` is a BCP 47 tag, or empty when it is not known. Blocking: call it in an executor.
        """


class SpeechEmotion(Protocol):
    """Emotion from how something is said."""

    def estimate(self, samples: Samples, sample_rate_hz: int) -> ModalityEstimate | None:
        """The estimate, or None when there is too little speech.

        `samples` are mono float32 in [-1, 1], at 8000 to 48000 Hz. Blocking: call it in an executor.
        """
