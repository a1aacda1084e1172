"""One file per finding code, grouped by where the cause sits."""
