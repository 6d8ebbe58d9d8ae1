"""Fixtures and small honest fakes that the tests of all services share."""
