"""What stands around every RPC: telemetry, errors, authentication, access, limits and validation."""
