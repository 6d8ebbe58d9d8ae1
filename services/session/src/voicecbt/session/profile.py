"""What a person has settled about the talk, once for all their conversations."""

from dataclasses import dataclass

from voicecbt.stubs.auth.v1.auth_pb2 import PATIENCE_UNSPECIFIED, Patience


@dataclass(frozen=True, slots=True)
class Profile:
    """The part of `auth.v1.Profile` that a conversation heeds; the defaults settle nothing."""

    # ISO 3166 alpha-2: where help must be. Empty when not told.
    country: str = ""
    # BCP 47: what to be answered in. Empty to follow what is heard.
    language: str = ""
    patience: Patience.ValueType = PATIENCE_UNSPECIFIED
    # Emotion is neither computed nor stored.
    emotion_off: bool = False
    # A name of `ListVoices`; empty for the default one.
    voice: str = ""
    # False for the stand-in when the profile could not be had.
    known: bool = True


# The defaults, but for emotion: whoever may have refused it has refused it until we know better.
UNKNOWN = Profile(emotion_off=True, known=False)
