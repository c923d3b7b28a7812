"""The degradations of a call: pure functions of frames, physical parameters and a random generator."""
