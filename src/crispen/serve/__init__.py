"""A server of sharpened calls: WebRTC in, the same sharpened out."""
