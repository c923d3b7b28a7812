"""What a call does to pictures: each damage a pure function of frames, physical parameters and a random generator."""
