"""One loss a file; each is a pure function of (output, truth), (N, 1, H, W) float32 in [0, 1], and returns a scalar."""
