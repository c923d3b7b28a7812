"""The student that ships, the teacher it learns from, exact folding, and weights on disk."""
