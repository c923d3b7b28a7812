"""Studies: blind pair comparison of pictures by people."""
