"""Packets that do not arrive, in bursts, and what the decoder's own concealment makes of the rest."""

from __future__ import annotations

from dataclasses import replace

import av
import numpy as np

from crispen.degrade.codecs import Codec, decode, encode
from crispen.frame import Frame
from crispen.media.av_planes import frame_from_av

_PACKET_BYTES = 1200  # what WebRTC puts in an RTP packet
_BURST = 3.0  # packets, on average
_START = b"\x00\x00\x01"


def transcode_with_loss(
    clip: list[Frame], codec: Codec, fps: int, loss: float, rng: np.random.Generator
) -> list[Frame]:
    """As `crispen.degrade.codecs.transcode`, for H.264 of which a share `loss` of the packets is lost.

    Each slice, of at most 1,200 bytes, is a packet of its own. The first frame arrives whole, since a receiver asks for
    a key frame until it has one. A frame of which nothing arrives is shown as the one before it. Raises ValueError for
    another codec.
    """
    if codec.name != "h264":
        raise ValueError(f"packets are lost of h264 only, not of {codec.name}")
    sliced = replace(codec, slice_bytes=_PACKET_BYTES)
    units = [nal_units(bytes(packet)) for packet in encode(clip, sliced, fps)]
    lost = gilbert(sum(map(len, units[1:])), loss, rng)
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


def gilbert(count: int, loss: float, rng: np.random.Generator) -> np.ndarray:
    """(count,) bool, True for a packet that is lost: the two-state Markov chain of Gilbert (1960).

    In the bad state every packet is lost, in the good one none; a visit to the bad state lasts three packets on
    average, and it begins as often as makes `loss` the share of packets lost, 0 to 0.75: a packet arrives between two.
    """
    leave = 1 / _BURST
    enter = loss * leave / (1 - loss)
    draws, lost, bad = rng.random(count), np.zeros(count, bool), False
    for index, draw in enumerate(draws):
        bad = draw >= leave if bad else draw < enter
        lost[index] = bad
    return lost


def nal_units(stream: bytes) -> list[bytes]:
    """The units of an H.264 byte stream (ITU-T H.264, Annex B), each with its start code."""
    starts, at = [], stream.find(_START)
    while at >= 0:
        starts.append(at)
        at = stream.find(_START, at + 3)
    return [stream[start:end].rstrip(b"\x00") for start, end in zip(starts, [*starts[1:], len(stream)], strict=True)]


def _packet(units: list[bytes], pts: int) -> av.Packet:
    packet = av.Packet(b"".join(units))
    packet.pts = packet.dts = pts
    return packet
