"""Pair sets for training: clean pictures and videos, the validation split, tiles of (received, truth)."""
