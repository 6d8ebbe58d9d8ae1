"""Text to speech, streamed as it is made."""
