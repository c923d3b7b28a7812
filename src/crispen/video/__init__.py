"""Videos: containers, streams, decoding and encoding."""
