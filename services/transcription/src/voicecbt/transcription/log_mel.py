"""Whisper's input: the log-mel spectrogram of Radford et al. 2022 (arXiv:2212.04356), in NumPy."""

import functools

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16_000
FFT_SAMPLES = 400  # 25 ms, as Whisper was trained
HOP_SAMPLES = 160  # 10 ms, as Whisper was trained
FRAMES_PER_SECOND = SAMPLE_RATE_HZ // HOP_SAMPLES
MAX_FRAMES = 3000  # 30 s, the longest that Whisper takes
DYNAMIC_RANGE_LOG10 = 8.0  # Whisper floors everything 80 dB below the loudest bin
SLANEY_BREAK_HZ = 1000.0  # the Slaney mel scale is linear below and logarithmic above
SLANEY_HZ_PER_MEL = 200.0 / 3
SLANEY_LOG_STEP = np.log(6.4) / 27.0

Samples = NDArray[np.float32]


def log_mel(samples: Samples, mel_bands: int = 80) -> NDArray[np.float32]:
    """The spectrogram of 16 kHz mono samples in [-1, 1]: shape (mel_bands, frames), 100 frames a second.

    Scaled as Whisper expects, about -1 to 1. `samples` must hold at least 201 (12.6 ms).
    """
    # Whisper pads the recording with silence before the transform, so the last frames see its end.
    padded = np.pad(np.pad(samples, (0, FFT_SAMPLES)), FFT_SAMPLES // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, FFT_SAMPLES)[::HOP_SAMPLES]
    frames = frames[: -(-samples.size // HOP_SAMPLES)]
    power = np.abs(np.fft.rfft(frames * _hann(), axis=1)).astype(np.float32) ** 2
    log = np.log10(np.maximum(mel_filters(mel_bands) @ power.T, 1e-10))
    return np.asarray((np.maximum(log, log.max() - DYNAMIC_RANGE_LOG10) + 4.0) / 4.0, dtype=np.float32)


def pad_frames(mel: NDArray[np.float32], frames: int) -> NDArray[np.float32]:
    """Extend a spectrogram to `frames` with what digital silence looks like in it."""
    silence = mel.max() - DYNAMIC_RANGE_LOG10 / 4.0
    missing = max(0, frames - mel.shape[1])
    return np.pad(mel, ((0, 0), (0, missing)), constant_values=silence)


@functools.cache
def mel_filters(mel_bands: int) -> NDArray[np.float32]:
    """Triangular filters on the Slaney mel scale, area-normalised: shape (mel_bands, 201)."""
    fft_hz = np.fft.rfftfreq(FFT_SAMPLES, 1.0 / SAMPLE_RATE_HZ)
    edges_hz = _mel_to_hz(np.linspace(0.0, _hz_to_mel(SAMPLE_RATE_HZ / 2), mel_bands + 2))
    ramps = edges_hz[:, None] - fft_hz[None, :]
    widths = np.diff(edges_hz)[:, None]
    triangles = np.maximum(0.0, np.minimum(-ramps[:-2] / widths[:-1], ramps[2:] / widths[1:]))
    area = (edges_hz[2:] - edges_hz[:-2])[:, None] / 2.0
    return np.asarray(triangles / area, dtype=np.float32)


@functools.cache
def _hann() -> NDArray[np.float32]:
    # The periodic window (n + 1 points, the last dropped), as in torch.hann_window.
    return np.hanning(FFT_SAMPLES + 1)[:-1].astype(np.float32)


def _hz_to_mel(hz: float) -> float:
    if hz < SLANEY_BREAK_HZ:
        return hz / SLANEY_HZ_PER_MEL
    return float(SLANEY_BREAK_HZ / SLANEY_HZ_PER_MEL + np.log(hz / SLANEY_BREAK_HZ) / SLANEY_LOG_STEP)


def _mel_to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    break_mel = SLANEY_BREAK_HZ / SLANEY_HZ_PER_MEL
    exponential = SLANEY_BREAK_HZ * np.exp(SLANEY_LOG_STEP * (np.maximum(mel, break_mel) - break_mel))
    return np.where(mel < break_mel, mel * SLANEY_HZ_PER_MEL, exponential)
