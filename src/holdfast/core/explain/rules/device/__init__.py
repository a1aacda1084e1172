"""Rules about the device itself."""
