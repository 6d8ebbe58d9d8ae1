"""Replies made of vetted wording: what fits the moment is chosen, nothing is invented."""
