"""How something is said: emotion from speech, from text, and fused."""
