"""Real stores run on this machine from Python packages: for the development stack and for tests."""
