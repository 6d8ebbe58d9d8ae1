"""What every Voice CBT service shares: bootstrap, boundary, stores, events and crypto. Holds no business rules."""
