"""Packet loss in bursts, concealed by the decoder."""

from __future__ import annotations

from dataclasses import replace

import av
import numpy as np

from crispen.degrade.codecs import Codec, decode, encode
from crispen.frame import Frame
from crispen.media.av_planes import frame_from_av

_PACKET_BYTES = 1200  # of a WebRTC RTP packet
_BURST = 3.0  # mean length of a burst in packets
_START = b"\x00\x00\x01"


def transcode_with_loss(
    clip: list[Frame], codec: Codec, fps: int, loss: float, rng: np.random.Generator
) -> list[Frame]:
    """As `crispen.degrade.codecs.transcode`, for H.264 with packet loss.

    Each slice of at most 1,200 bytes is one packet. The first frame arrives complete, because a receiver requests key
    frames until it has one. The receiver repeats the last frame in place of one that is lost completely.

    Args:
        clip: As in `transcode`.
        codec: An h264 codec.
        fps: Frames per second.
        loss: Share of the packets that are lost, 0 to 0.75.
        rng: Source of randomness.

    Raises:
        ValueError: Another codec than h264.
    """
    if codec.name != "h264":
        raise ValueError(f"packet loss is implemented for h264 only, not for {codec.name}")
    sliced = replace(codec, slice_bytes=_PACKET_BYTES)
    units = [nal_units(bytes(packet)) for packet in encode(clip, sliced, fps)]
    lost = gilbert_losses(sum(map(len, units[1:])), loss, rng)
    kept, at = [_packet(units[0], 0)], 0
    for index, frame in enumerate(units[1:], 1):
        arrived = [unit for unit, gone in zip(frame, lost[at : at + len(frame)], strict=True) if not gone]
        at += len(frame)
        if arrived:
            kept.append(_packet(arrived, index))
    shown = {picture.pts: frame_from_av(picture, clip[0].colour) for picture in decode(kept, sliced)}
    frames = [shown[0]]
    for index in range(1, len(clip)):
        frames.append(shown.get(index, frames[-1]))
    return frames


def gilbert_losses(count: int, loss: float, rng: np.random.Generator) -> np.ndarray:
    """Which packets are lost: the two-state Markov chain of Gilbert (1960).

    In the bad state every packet is lost, in the good state none. The bad state lasts three packets on average; at
    least one packet arrives between two bursts.

    Args:
        count: Number of packets.
        loss: Share of the packets that are lost, 0 to 0.75.
        rng: Source of randomness.

    Returns:
        (count,) bool, True for a lost packet.
    """
    leave = 1 / _BURST
    enter = loss * leave / (1 - loss)
    draws, lost, bad = rng.random(count), np.zeros(count, bool), False
    for index, draw in enumerate(draws):
        bad = draw >= leave if bad else draw < enter
        lost[index] = bad
    return lost


def nal_units(stream: bytes) -> list[bytes]:
    """The NAL units of an H.264 byte stream (ITU-T H.264, Annex B), each with its start code."""
    starts, at = [], stream.find(_START)
    while at >= 0:
        starts.append(at)
        at = stream.find(_START, at + 3)
    return [stream[start:end].rstrip(b"\x00") for start, end in zip(starts, [*starts[1:], len(stream)], strict=True)]


def _packet(units: list[bytes], pts: int) -> av.Packet:
    packet = av.Packet(b"".join(units))
    packet.pts = packet.dts = pts
    return packet
