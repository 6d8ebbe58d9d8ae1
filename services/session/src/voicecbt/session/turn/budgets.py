"""How long each stage of a turn may take before its degraded mode takes over. All in seconds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Budgets:
    """Each about five times the stage's expected time: long enough for a busy machine, short enough to be borne."""

    emotion: float = 1.5
    # Longer than its 20 ms would need: a missing assessment is the one gap that changes what the person is told.
    risk: float = 3.0
    retrieval: float = 2.0
    context: float = 0.5
    # At the opening of a conversation, and again with its heartbeats while it is missing. Twice the context's, since a
    # missing country is help in the wrong place.
    profile: float = 1.0
    # To each further sentence, the first included.
    sentence: float = 6.0
    # To each further chunk of reply audio.
    audio: float = 5.0
    # Reading what came before, and committing.
    store: float = 5.0
