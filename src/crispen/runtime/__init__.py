"""The public Sharpener: numpy and one inference engine, never torch."""
