"""Whisper by CTranslate2, without faster-whisper: that would bring PyAV and with it GPL libraries (x264, x265)."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import ctranslate2
import numpy as np
import tokenizers
from numpy.typing import NDArray

from voicecbt.transcription.domain import SAMPLE_RATE_HZ, Hypothesis, Samples, Word
from voicecbt.transcription.log_mel import MAX_FRAMES, log_mel, pad_frames
from voicecbt.transcription.plausibility import better, is_doubtful
from voicecbt.transcription.words import timed_words

# Nobody speaks faster than about seven tokens a second; what is longer is the model repeating itself.
MAX_TOKENS_PER_SECOND = 8
MIN_TOKENS = 16
MAX_TOKENS = 224  # half of Whisper's text window, as OpenAI's decoder has it
# Below this the detected language is a guess (accents, single words), and the expected one is better.
MIN_LANGUAGE_PROBABILITY = 0.5


# Whisper was trained on 30 s windows. Padding base to 15 s, and at least 7 s beyond the end, takes less than half the
# time at no worse a word error rate (measured: README). With less padding it repeats itself.
MIN_FRAMES = 1500
MARGIN_FRAMES = 700
# Greedy decoding first; the few doubtful results are decoded again from the same encoding with a beam.
GREEDY = 1
BEAM = 5


class WhisperModel:
    """A loaded Whisper model. `threads` are used by one recognition; run one at a time."""

    def __init__(self, directory: Path, threads: int, expected_language: str = "en") -> None:
        self._model = ctranslate2.models.Whisper(str(directory), compute_type="int8", intra_threads=threads)
        self._tokenizer = tokenizers.Tokenizer.from_file(str(directory / "tokenizer.json"))
        self._expected_language = expected_language
        self.languages = self._read_languages(directory)

    def recognise(self, samples: Samples, language: str, *, words: bool = False, draft: bool = False) -> Hypothesis:
        """What is said in at most 30 s of 16 kHz samples.

        `language` is one of `languages`, or empty to detect it. A `draft` is never tried twice. Whether anything was
        said is not judged here: on noise the model invents text.
        """
        mel = log_mel(samples)
        encoded = self._encode(mel)
        detected, probability = (language, 1.0) if language else self._detect(encoded)
        job = _Decoding(encoded, mel.shape[1], self._prompt(detected), detected, probability, _token_limit(samples))
        first = self._decode(job, GREEDY, words=words)
        if draft or not is_doubtful(first):
            return first
        harder = better(first, self._decode(job, BEAM, words=words))
        if language or detected == self._expected_language:
            return harder
        # An accent was taken for another language: nothing that is heard so badly is better than what was expected.
        expected = replace(job, prompt=self._prompt(self._expected_language), language=self._expected_language)
        return better(harder, self._decode(expected, BEAM, words=words))

    def _decode(self, job: "_Decoding", beam_size: int, *, words: bool) -> Hypothesis:
        result = self._model.generate(
            job.encoded,
            [job.prompt],
            beam_size=beam_size,
            max_length=len(job.prompt) + job.max_tokens,
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        tokens: list[int] = result.sequences_ids[0]
        return Hypothesis(
            text=self._tokenizer.decode(tokens, skip_special_tokens=True).strip(),
            language=job.language,
            language_probability=job.language_probability,
            average_log_probability=float(result.scores[0]),
            no_speech_probability=float(result.no_speech_prob),
            words=self._words(job, tokens) if words else (),
        )

    def _encode(self, mel: NDArray[np.float32]) -> ctranslate2.StorageView:
        frames = min(MAX_FRAMES, max(MIN_FRAMES, mel.shape[1] + MARGIN_FRAMES))
        padded = pad_frames(mel, frames)[:, :frames]
        return self._model.encode(ctranslate2.StorageView.from_array(np.ascontiguousarray(padded[np.newaxis])))

    def _detect(self, encoded: ctranslate2.StorageView) -> tuple[str, float]:
        candidates = dict(self._model.detect_language(encoded)[0])
        token, probability = max(candidates.items(), key=lambda item: item[1])
        if probability < MIN_LANGUAGE_PROBABILITY:
            token = f"<|{self._expected_language}|>"
        return token.strip("<|>"), float(candidates[token])

    def _prompt(self, language: str) -> list[int]:
        names = ("<|startoftranscript|>", f"<|{language}|>", "<|transcribe|>", "<|notimestamps|>")
        numbers = [self._tokenizer.token_to_id(name) for name in names]
        return [number for number in numbers if number is not None]

    def _words(self, job: "_Decoding", tokens: list[int]) -> tuple[Word, ...]:
        if not tokens:
            return ()
        alignment = self._model.align(job.encoded, job.prompt, [tokens], job.frames)[0]
        return timed_words(self._tokenizer, tokens, alignment.alignments, alignment.text_token_probs)

    def _read_languages(self, directory: Path) -> frozenset[str]:
        config = json.loads((directory / "config.json").read_text())
        names = (self._tokenizer.id_to_token(number) for number in config["lang_ids"])
        return frozenset(name.strip("<|>") for name in names if name)


@dataclass(frozen=True, slots=True)
class _Decoding:
    encoded: ctranslate2.StorageView
    frames: int
    prompt: list[int]
    language: str
    language_probability: float
    max_tokens: int


def _token_limit(samples: Samples) -> int:
    return min(MAX_TOKENS, MIN_TOKENS + MAX_TOKENS_PER_SECOND * samples.size // SAMPLE_RATE_HZ)
