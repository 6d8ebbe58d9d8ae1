"""Small honest fakes of the ports and stores, for this service's tests and its bench."""
