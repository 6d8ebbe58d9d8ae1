"""What the companion says: risk assessment, retrieval and grounded replies."""
