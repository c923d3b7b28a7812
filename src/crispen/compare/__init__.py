"""Two pictures or videos side by side, as one HTML page."""
