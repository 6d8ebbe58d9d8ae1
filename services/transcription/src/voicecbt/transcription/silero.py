"""Silero voice activity detection (MIT) by onnxruntime."""

from pathlib import Path

import numpy as np
import onnxruntime  # type: ignore[import-untyped]

from voicecbt.transcription.domain import SAMPLE_RATE_HZ, Samples
from voicecbt.transcription.voice_activity import FRAME_SAMPLES

CONTEXT_SAMPLES = 64  # version 5 and later also see the last 4 ms of the frame before
STATE_SHAPE = (2, 1, 128)


class SileroModel:
    """The loaded network, shared by all streams; safe to use from several threads."""

    def __init__(self, file: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # a frame takes 0.1 ms: threads only cost
        self._session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        self._rate = np.array(SAMPLE_RATE_HZ, dtype=np.int64)

    def stream(self) -> "SileroStream":
        """A new stream, that has heard nothing yet."""
        return SileroStream(self)

    def run(self, window: Samples, state: Samples) -> tuple[float, Samples]:
        """One step of the network: (1, 576) samples and the state, to the probability and the next state."""
        outputs = self._session.run(None, {"input": window, "state": state, "sr": self._rate})
        return float(outputs[0][0, 0]), outputs[1]


class SileroStream:
    """One stream's running state; call it with each frame in turn, one thread at a time."""

    def __init__(self, model: SileroModel) -> None:
        self._model = model
        self._state = np.zeros(STATE_SHAPE, dtype=np.float32)
        self._window = np.zeros((1, CONTEXT_SAMPLES + FRAME_SAMPLES), dtype=np.float32)

    def __call__(self, frame: Samples) -> float:
        """The probability, 0 to 1, that the next 512 samples hold speech."""
        self._window[0, :CONTEXT_SAMPLES] = self._window[0, -CONTEXT_SAMPLES:]
        self._window[0, CONTEXT_SAMPLES:] = frame
        probability, self._state = self._model.run(self._window, self._state)
        return probability
