"""What the synthesiser says, the recogniser hears."""

import jiwer
import numpy as np
import pytest

pytestmark = pytest.mark.integration

MAX_WORD_ERROR_RATE = 0.3
SENTENCES = (
    "I keep thinking that everyone at work is disappointed in me.",
    "Last night I could not fall asleep until three in the morning.",
    "My chest gets tight whenever I have to speak in public.",
    "I stopped seeing my friends because I feel like a burden.",
    "Today was a little better, I went for a walk in the park.",
)


def plain(text):
    return "".join(letter for letter in text.lower().replace("-", " ") if letter.isalnum() or letter == " ")


@pytest.mark.parametrize("loudness", [1.0, 0.1])
async def test_the_words_come_back(client, say, silence, talk, loudness):
    samples = np.concatenate([part for sentence in SENTENCES for part in (say(sentence), silence(1.0))])
    noise = 0.002 * np.random.default_rng(3).standard_normal(samples.size)
    events = await client.stream(talk((samples * loudness + noise * loudness).astype(np.float32), ms=100))
    heard = [event.final.text for event in events if event.HasField("final")]
    error_rate = jiwer.wer(plain(" ".join(SENTENCES)), plain(" ".join(heard)))
    assert error_rate < MAX_WORD_ERROR_RATE
