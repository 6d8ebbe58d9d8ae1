"""The edge: REST and one WebSocket for browsers over the platform's gRPC services. Holds no business rules."""
