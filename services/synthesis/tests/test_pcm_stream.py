"""One continuous stream out of pieces."""

import numpy as np
import pytest

from voicecbt.kit.audio import pcm16_to_float
from voicecbt.synthesis.pauses import CLAUSE_PAUSE_MS, SENTENCE_PAUSE_MS, faded, trimmed, with_pause
from voicecbt.synthesis.pcm_stream import PEAK_LIMIT, pcm_chunks

pytestmark = pytest.mark.unit

RATE_HZ = 24_000


def tone(seconds, peak=0.5, rate_hz=RATE_HZ):
    return (peak * np.sin(2 * np.pi * 220 * np.arange(int(seconds * rate_hz)) / rate_hz)).astype(np.float32)


def joined(pieces, to_hz=RATE_HZ):
    return pcm16_to_float(b"".join(pcm_chunks(pieces, RATE_HZ, to_hz)))


@pytest.mark.parametrize("to_hz", [16_000, 24_000])
def test_chunks_are_short_and_keep_the_length(to_hz):
    chunks = list(pcm_chunks([tone(1.03), tone(0.4)], RATE_HZ, to_hz))
    assert all(0 < len(chunk) <= to_hz * 2 // 5 for chunk in chunks)
    assert sum(map(len, chunks)) // 2 == pytest.approx(1.43 * to_hz, abs=to_hz / 100)


def test_resampling_has_no_seam_between_pieces():
    whole = joined([tone(1.0)], 16_000)
    parts = joined([tone(1.0)[:10_007], tone(1.0)[10_007:]], 16_000)
    size = min(whole.size, parts.size)
    np.testing.assert_allclose(whole[:size], parts[:size], atol=1e-3)


def test_loud_pieces_are_turned_down_not_cut():
    loud = joined([tone(0.5, peak=3.0)])
    assert np.abs(loud).max() <= PEAK_LIMIT + 0.001
    np.testing.assert_allclose(loud, tone(0.5, peak=PEAK_LIMIT)[: loud.size], atol=1e-3)


def test_quiet_pieces_are_left_alone():
    np.testing.assert_allclose(joined([tone(0.5, peak=0.1)]), tone(0.5, peak=0.1), atol=1e-3)


def test_work_is_done_only_when_it_is_asked_for():
    made = []

    def pieces():
        for number in range(3):
            made.append(number)
            yield tone(1.0)

    chunks = pcm_chunks(pieces(), RATE_HZ, RATE_HZ)
    next(chunks)
    assert made == [0]


def test_outer_silence_is_replaced_by_the_pause_of_the_phrase():
    silence = np.zeros(RATE_HZ // 2, dtype=np.float32)
    padded = np.concatenate([silence, tone(1.0), silence])
    ended, cut = with_pause(padded, RATE_HZ, "It is."), with_pause(padded, RATE_HZ, "It is,")
    assert ended.size - cut.size == (SENTENCE_PAUSE_MS - CLAUSE_PAUSE_MS) * RATE_HZ // 1000
    assert ended.size / RATE_HZ == pytest.approx(1.0 + 0.09 + SENTENCE_PAUSE_MS / 1000, abs=0.01)


def test_joins_do_not_click():
    pieces = [with_pause(tone(0.31), RATE_HZ, "a,"), with_pause(tone(0.17), RATE_HZ, "b.")]
    steps = np.abs(np.diff(joined(pieces)))
    assert steps.max() <= np.abs(np.diff(tone(0.31))).max() * 1.05


def test_silence_stays_nothing():
    assert with_pause(np.zeros(1000, dtype=np.float32), RATE_HZ, ".").size == 0
    assert trimmed(np.zeros(0, dtype=np.float32), RATE_HZ).size == 0


def test_fades_touch_only_the_edges():
    flat = np.ones(RATE_HZ, dtype=np.float32)
    shaped = faded(flat, RATE_HZ)
    assert shaped[0] == 0
    assert shaped[-1] < 0.01
    np.testing.assert_array_equal(shaped[200:-200], flat[200:-200])
