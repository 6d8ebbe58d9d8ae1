"""Speech to text: recordings and live streams, voice activity, end of turn."""
