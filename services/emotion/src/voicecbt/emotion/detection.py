"""The use case: what was said, and how, into one estimate."""

from dataclasses import dataclass, field

from voicecbt.emotion.domain import EmotionEstimate
from voicecbt.emotion.fusion import fuse
from voicecbt.emotion.ports import SpeechEmotion, TextEmotion
from voicecbt.kit.audio import Samples, pcm16_to_float


@dataclass(frozen=True, slots=True)
class Utterance:
    """What is judged. `pcm` is mono PCM16 at `sample_rate_hz`; `pcm` or `text` may be empty. Neither is in `repr`."""

    pcm: bytes = field(repr=False)
    sample_rate_hz: int
    text: str = field(repr=False)
    language: str

    def samples(self) -> Samples:
        """The audio as floats. Raises ValueError for an odd number of bytes."""
        return pcm16_to_float(self.pcm)


class EmotionDetector:
    """Asks each modality that there is input for, and fuses what they say."""

    def __init__(self, text: TextEmotion, speech: SpeechEmotion) -> None:
        self._text = text
        self._speech = speech

    def detect(self, utterance: Utterance) -> EmotionEstimate:
        """The estimate; abstained when nothing could be told. Blocking: call it in an executor."""
        heard = self._speech.estimate(utterance.samples(), utterance.sample_rate_hz) if utterance.pcm else None
        read = self._text.estimate(utterance.text, utterance.language) if utterance.text else None
        return fuse([estimate for estimate in (heard, read) if estimate is not None])
