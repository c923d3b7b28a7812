"""Speed: how long models and filters take on this machine."""
