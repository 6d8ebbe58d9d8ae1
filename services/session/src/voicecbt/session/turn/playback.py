"""What of a reply the person has heard, as their client acknowledges it."""

import asyncio
from dataclasses import dataclass, field


@dataclass(slots=True)
class Playback:
    """The spoken side of one turn's reply. `stopped` is set when no more audio of it is wanted."""

    spoken: bool
    sentences: dict[int, str] = field(default_factory=dict)
    finished: set[int] = field(default_factory=set)
    # The clock's reading when the person began to hear it.
    started_at: float | None = None
    interrupted: bool = False
    # Set once the turn is stored: from then on, what is heard is an update of its row.
    committed: bool = False
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    def acknowledge(self, sentence_index: int, sentence_finished: bool, at: float) -> None:
        """Notes progress at the clock's reading `at`."""
        if self.started_at is None:
            self.started_at = at
        if sentence_finished:
            self.finished.add(sentence_index)

    def interrupt(self) -> None:
        """The person cut the reply off. A reply that was only shown cannot be unheard."""
        self.interrupted = self.spoken
        self.stopped.set()

    def split(self) -> tuple[str, str]:
        """The reply as (heard, unheard).

        Without an interruption all of it counts as heard. With one, only sentences that were heard to their end do: a
        sentence that was cut off is not part of the transcript.
        """
        heard = [text for index, text in sorted(self.sentences.items()) if self._heard(index)]
        unheard = [text for index, text in sorted(self.sentences.items()) if not self._heard(index)]
        return " ".join(heard), " ".join(unheard)

    def _heard(self, index: int) -> bool:
        return not self.interrupted or index in self.finished
