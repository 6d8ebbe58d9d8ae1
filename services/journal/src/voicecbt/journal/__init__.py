"""Moods: what a person keeps of how they feel. Encrypted at rest; announced to others only in closed words."""
