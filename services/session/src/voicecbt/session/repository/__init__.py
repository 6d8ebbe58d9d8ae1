"""All SQL of the service. Every statement is scoped by the owner: somebody else's session looks the same as unknown."""
