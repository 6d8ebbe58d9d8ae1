"""Deterministic risk assessment: rules over normalised text, tuned for recall."""
