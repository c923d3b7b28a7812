"""Metrics of picture and video quality, one a file; `registry` lists them."""
