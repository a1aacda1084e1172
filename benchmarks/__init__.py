"""Figures that the README claims: one script a claim, the peer in the same run."""
