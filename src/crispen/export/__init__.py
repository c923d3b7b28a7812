"""Export of trained networks to the file formats of inference engines."""
