"""check: whether a derivative worked out by hand is right, and if not, which mistake it is."""
