"""Recordings in: containers, codecs and sample rates, down to 16 kHz mono samples."""

from voicecbt.transcription.audio.decoding import Recording, decode
from voicecbt.transcription.audio.errors import AudioError

__all__ = ["AudioError", "Recording", "decode"]
