"""What is wrong with a recording, said so that its sender can act on it."""


class AudioError(Exception):
    """The bytes are no recording that this service can read; the message says why and what would do."""


class NotAudio(AudioError):
    """Not a container that this service knows."""


class Damaged(AudioError):
    """The container is known, but its content is cut short or broken."""


class UnsupportedAudio(AudioError):
    """A sound recording, but of a kind that is not read here."""


class TooShort(AudioError):
    """Too little sound to hold a word."""


class TooLong(AudioError):
    """More sound than one request may carry."""
