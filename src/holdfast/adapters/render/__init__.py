"""Pictures of a run: one page for a browser, lines for a terminal."""
