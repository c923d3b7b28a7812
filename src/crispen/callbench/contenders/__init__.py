"""Contenders: what CallBench measures."""
