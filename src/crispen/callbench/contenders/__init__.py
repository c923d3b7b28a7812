"""Contenders: what CallBench compares."""
