"""From the model's alignment of tokens with audio to words with times."""

from collections.abc import Sequence

import tokenizers

from voicecbt.transcription.domain import Word

MS_PER_STEP = 20  # the encoder halves the 10 ms frames


def timed_words(
    tokenizer: tokenizers.Tokenizer,
    tokens: Sequence[int],
    alignment: Sequence[tuple[int, int]],
    probabilities: Sequence[float],
) -> tuple[Word, ...]:
    """Words of `tokens`; `alignment` pairs a token's index with an encoder step, in order of both."""
    first_step: dict[int, int] = {}
    for token, step in alignment:
        first_step.setdefault(token, step)
    end = max(step for _, step in alignment) if alignment else 0
    return tuple(
        Word(
            text=text,
            start_ms=first_step.get(start, end) * MS_PER_STEP,
            end_ms=first_step.get(stop, end) * MS_PER_STEP,
            probability=min(1.0, sum(probabilities[start:stop]) / (stop - start)),
        )
        for text, start, stop in group_words(tokenizer, tokens)
    )


def group_words(tokenizer: tokenizers.Tokenizer, tokens: Sequence[int]) -> list[tuple[str, int, int]]:
    """(text, first token, one past the last) of each word; a word begins at a token that begins with a space.

    Languages that put no spaces between words come out as phrases.
    """
    starts = [
        index
        for index, token in enumerate(tokens)
        if index == 0 or tokenizer.decode([token], skip_special_tokens=True).startswith(" ")
    ]
    spans = zip(starts, [*starts[1:], len(tokens)], strict=True)
    words = (
        (tokenizer.decode(list(tokens[start:stop]), skip_special_tokens=True).strip(), start, stop)
        for start, stop in spans
    )
    return [word for word in words if word[0]]
