"""Bad networks as pure, seeded models, and two readings of them: packets and streams."""
