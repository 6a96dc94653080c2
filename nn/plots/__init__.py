"""Plots of learning: curves, surfaces, boundaries, gradients by layer. All of them need matplotlib (extra `plot`)."""
