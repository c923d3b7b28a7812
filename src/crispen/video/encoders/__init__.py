"""The video encoders of FFmpeg that Crispen knows: in software, and in the hardware of GPUs."""
