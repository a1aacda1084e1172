"""Rules about the bench and its own network."""
