"""Public test kit: manual clock, simulated world, scoring, pytest plugin."""
