"""Benchmark of speed: how long models and filters take on this machine."""
