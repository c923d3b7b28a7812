"""CallBench: a benchmark of sharpeners on the degradations of video calls."""
