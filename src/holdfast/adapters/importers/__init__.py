"""Recordings of other tools, as journals."""
