"""One live conversation: what comes in, what goes out, and the turns in between."""
