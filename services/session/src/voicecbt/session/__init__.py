"""Sessions and the turn pipeline: the orchestrator of the platform."""
