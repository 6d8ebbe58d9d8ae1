"""How much one request may ask for. The Envoy configuration is rendered from the same numbers."""

MAX_JSON_BYTES = 64 << 10  # The largest JSON request, a mood with notes, is under 40 KiB even when all is escaped.
MAX_AUDIO_BYTES = 32 << 20  # `transcription.v1.TranscribeRequest.audio`.
# Multipart boundaries, part headers and the two small form fields around a recording of the full size.
MULTIPART_OVERHEAD_BYTES = 64 << 10
MAX_UPLOAD_BYTES = MAX_AUDIO_BYTES + MULTIPART_OVERHEAD_BYTES

# Each recording is held in memory twice (request and gRPC message): 8 full-size ones are 0.5 GiB.
MAX_UPLOADS_AT_ONCE = 8

# The largest WebSocket message is 200 ms of 48 kHz PCM16, 19200 bytes, as base64 in JSON; text is at most 5000
# characters of up to 12 bytes each ("\\ud83d\\ude00").
MAX_WEBSOCKET_MESSAGE_BYTES = 64 << 10

REST_TIMEOUT_SECONDS = 10.0
TRANSCRIPTION_TIMEOUT_SECONDS = 60.0  # Ten minutes of speech at ten times real time.
HEALTH_TIMEOUT_SECONDS = 2.0

CONVERSE_IDLE_SECONDS = 300.0  # A client in use sends audio, playback progress or a heartbeat far more often.
