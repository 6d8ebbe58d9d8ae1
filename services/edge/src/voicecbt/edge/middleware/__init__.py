"""What stands around every request, outermost first: security headers, observation, body limits."""
