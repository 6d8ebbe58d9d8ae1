"""What stands around every request, outermost first: observation, security headers, body limits."""
