"""Checks of everything that a peer sends, before the server spends memory or time on it."""
