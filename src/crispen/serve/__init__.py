"""A WebRTC server: it receives the video of a call and sends it back, or to others, sharpened."""
