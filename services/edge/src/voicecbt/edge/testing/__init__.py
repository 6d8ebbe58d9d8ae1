"""Fakes of the services behind the edge, for its own tests and for measuring it."""
