"""Sharpening of files: one picture, one video, a folder."""
