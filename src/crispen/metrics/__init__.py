"""Measures of picture and video quality, one a file."""
