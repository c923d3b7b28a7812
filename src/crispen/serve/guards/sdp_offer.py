"""Validation of SDP offers, before any connection is created for them."""

from __future__ import annotations

import re
from typing import Any

from crispen.errors import CrispenError, require
from crispen.serve.guards.allowed_networks import AllowedNetworks
from crispen.serve.limits import Limits

aiortc_sdp = require("aiortc.sdp")

_CANDIDATE, _END_OF_CANDIDATES = "a=candidate:", "a=end-of-candidates"
_MID = re.compile(r"[!#-'*+\-.0-9A-Z^-~]{1,32}")  # a token (RFC 8866)
_ICE_UFRAG, _ICE_PWD = re.compile(r"[A-Za-z0-9+/]{4,256}"), re.compile(r"[A-Za-z0-9+/]{22,256}")  # RFC 8839, 5.4
_CANDIDATE_TYPES = "host", "srflx", "relay"
_FINGERPRINTS = 16
_CODECS, _WILDCARD_FEEDBACK = 96, 16  # aiortc compares every a=rtpmap with every a=rtcp-fb:*


class InvalidOffer(CrispenError):
    """An SDP offer that the server cannot answer."""


def check_offer(offer: str, limits: Limits, sends: bool) -> None:
    """Checks that aiortc can answer `offer`: valid SDP with one video section and at most one audio section.

    Args:
        offer: SDP.
        limits: Limits of its size.
        sends: Whether the peer sends video, otherwise it plays it.

    Raises:
        InvalidOffer: The offer is too large or invalid; the message says why.
    """
    lines = offer.splitlines()
    if len(lines) > limits.offer_lines:
        raise InvalidOffer(f"an offer may have at most {limits.offer_lines} lines")
    for name, prefix, limit in (
        ("candidates", _CANDIDATE, limits.offer_candidates), ("codecs", "a=rtpmap:", _CODECS),
        ("a=rtcp-fb:* lines", "a=rtcp-fb:*", _WILDCARD_FEEDBACK),
    ):  # fmt: skip
        if sum(line.startswith(prefix) for line in lines) > limit:
            raise InvalidOffer(f"an offer may have at most {limit} {name}")
    try:
        fault = _fault(aiortc_sdp.SessionDescription.parse(offer), sends)
    except Exception:  # aiortc's parser raises any exception, or omits required attributes, for malformed SDP
        fault = "the offer is not valid SDP"
    if fault:
        raise InvalidOffer(fault)


def filter_candidates(offer: str, networks: AllowedNetworks, limits: Limits) -> str:
    """The offer with only those candidates that are tried: UDP, in `networks`, and the first few per media section.

    A peer behind a removed candidate still connects if it can reach the server: ICE learns its address from its packets
    (a peer-reflexive candidate). The same holds for browsers that hide their address behind a multicast DNS name
    (.local), which is not resolved. a=end-of-candidates is removed too, because aiortc gives up at once if an offer has
    that line and no candidate.
    """
    kept, tried = [], 0
    for line in offer.splitlines():
        if line.startswith("m="):
            tried = 0
        if line.startswith(_CANDIDATE):
            fields = line[len(_CANDIDATE) :].split()
            if tried >= limits.tried_candidates or not _is_tried(fields, networks):
                continue
            tried += 1
        if line != _END_OF_CANDIDATES:
            kept.append(line)
    return "\r\n".join(kept) + "\r\n"


def _fault(parsed: Any, sends: bool) -> str:
    """What is wrong with a parsed offer; "" if nothing is."""
    if sorted(media.kind for media in parsed.media) not in (["video"], ["audio", "video"]):
        return "an offer must have one video section, at most one audio section, and no other"
    for media in parsed.media:
        fault = _media_fault(media, sends)
        if fault:
            return f"the offer's {media.kind} section {fault}"
    return _bundle_fault(parsed)


def _media_fault(media: Any, sends: bool) -> str:
    """What is wrong with one media section; "" if nothing is."""
    directions = ("sendonly", "sendrecv") if sends else ("recvonly", "sendrecv")
    if not _MID.fullmatch(media.rtp.muxId):
        return "has no valid a=mid"
    if not (_ICE_UFRAG.fullmatch(media.ice.usernameFragment or "") and _ICE_PWD.fullmatch(media.ice.password or "")):
        return "has no valid a=ice-ufrag and a=ice-pwd"
    if media.dtls is None or not 0 < len(media.dtls.fingerprints) <= _FINGERPRINTS:
        return "has no valid a=setup and a=fingerprint"
    if not media.rtcp_mux:
        return "has no a=rtcp-mux"
    if media.direction is None or (media.kind == "video" and media.direction not in directions):
        return f"must have a={' or a='.join(directions)}"
    if not all(0 < extension.id < 256 for extension in media.rtp.headerExtensions):
        return "has an a=extmap out of range"
    if not all(0 <= each.ssrc < 2**32 for each in media.ssrc):
        return "has an a=ssrc out of range"
    return ""


def _bundle_fault(parsed: Any) -> str:
    """WHIP requires all media sections on one transport (RFC 9725, 4.4.1)."""
    mids = sorted(media.rtp.muxId for media in parsed.media)
    bundles = [sorted(group.items) for group in parsed.group if group.semantic == "BUNDLE"]
    if len({*mids}) < len(mids):
        return "two sections of the offer have the same a=mid"
    if bundles not in ([mids], [] if len(mids) == 1 else [mids]):
        return "the offer must have one a=group:BUNDLE with all its sections"
    return ""


def _is_tried(fields: list[str], networks: AllowedNetworks) -> bool:
    """Whether a candidate is tried; `fields` follow a=candidate: (RFC 8839, 5.1)."""
    if len(fields) < 8 or not all(field.isascii() and field.isdigit() for field in (fields[1], fields[5])):
        return False
    component, transport, host, port, kind = fields[1], fields[2], fields[4], fields[5], fields[7]
    return (
        component == "1" and transport.lower() == "udp" and len(port) < 6 and 0 < int(port) < 65536
        and kind in _CANDIDATE_TYPES and networks.allows(host)
    )  # fmt: skip
