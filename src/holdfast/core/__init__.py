"""Pure logic: no clock, no I/O, no threads, no randomness of its own."""
