"""Measures the estimators against labelled corpora. Not used by the service."""
