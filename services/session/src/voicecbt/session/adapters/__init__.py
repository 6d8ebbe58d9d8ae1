"""The ports, spoken over gRPC and Redis."""
