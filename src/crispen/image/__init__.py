"""Still pictures: formats, metadata, reading and writing."""
