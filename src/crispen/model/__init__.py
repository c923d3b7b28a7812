"""Networks (student, teacher, reference networks), exact folding of their branches, int8, and weights files."""
