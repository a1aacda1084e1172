"""Rules about the live stream."""
