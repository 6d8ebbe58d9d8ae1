"""Runs the whole platform on one machine from installed packages, and holds the `voicecbt` command."""
