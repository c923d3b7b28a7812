"""The limits that one server puts on its peers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Upper bounds for sessions, video, traffic, HTTP requests and offers. Times are in seconds.

    Attributes:
        sessions: Sessions at once, players included.
        session_seconds: Longest session.
        connect_timeout: From the answer to an offer until the peer is connected.
        silence_timeout: Without any packet from the peer.
        video_timeout: Without a video frame from a peer that sends.
        width: Width of the largest frame that is accepted or produced; portrait frames may swap it with `height`.
        height: See `width`.
        frame_rate: Coded frames per second.
        size_changes: Changes of the frame size per minute.
        queued_frames: Coded frames that may wait for the decoder.
        queue_memory: Bytes that these frames may take once decoded.
        bitrate_out: Highest bitrate of the video that is sent, in bit/s.
        bitrate_in: Highest bitrate of everything that one peer sends, in bit/s.
        packets: Packets per second from one peer.
        body_bytes: Size of a request's body.
        requests: HTTP requests at once.
        connections: HTTP connections at once.
        connections_per_address: The same from one address.
        request_timeout: Until a request's headers are complete, until its body is, and for an idle connection.
        response_timeout: Until the peer has read the response.
        offer_lines: Lines of an SDP offer.
        offer_candidates: ICE candidates that an offer may name.
        tried_candidates: Candidates per media section that are tried.
    """

    sessions: int = 8
    session_seconds: float = 4 * 3600
    connect_timeout: float = 15
    silence_timeout: float = 15
    video_timeout: float = 60

    width: int = 1920
    height: int = 1088  # 1080 rows, rounded up to whole 16x16 blocks as codecs do
    frame_rate: int = 240
    size_changes: int = 20
    queued_frames: int = 90
    queue_memory: int = 128 * 2**20

    bitrate_out: int = 6_000_000
    bitrate_in: int = 12_000_000
    packets: int = 4000

    body_bytes: int = 64 * 1024
    requests: int = 64
    connections: int = 256
    connections_per_address: int = 64
    request_timeout: float = 10
    response_timeout: float = 60

    offer_lines: int = 800
    offer_candidates: int = 64
    tried_candidates: int = 8

    def fits(self, width: int, height: int) -> bool:
        """Whether a frame of `width` x `height` is accepted, in landscape or portrait."""
        return max(width, height) <= self.width and min(width, height) <= self.height
