"""Trained networks leave here as files that engines read."""
