"""What was observed, as typed events, and how it is stored and joined."""
