"""Offers: SDP that is complete and means what it says, before anything is made or opened for it."""

from __future__ import annotations

import re

from crispen.errors import CrispenError, require
from crispen.serve.guards.networks import Networks
from crispen.serve.limits import Limits

descriptions = require("aiortc.sdp", "serve")

_CANDIDATE, _END = "a=candidate:", "a=end-of-candidates"
_MID = re.compile(r"[!#-'*+\-.0-9A-Z^-~]{1,32}")  # a token (RFC 8866)
_USER, _PASSWORD = re.compile(r"[A-Za-z0-9+/]{4,256}"), re.compile(r"[A-Za-z0-9+/]{22,256}")  # RFC 8839, 5.4
_TYPES = "host", "srflx", "relay"
_FINGERPRINTS = 16
_CODECS, _FOR_ALL = 96, 16  # a=rtpmap, and a=rtcp-fb for all of them: aiortc compares each with each


class BadOffer(CrispenError):
    """An offer that no answer can be given to."""


def check_offer(offer: str, limits: Limits, sends: bool) -> None:
    """Raises BadOffer unless `offer` is SDP with one video, and with one audio at most, that aiortc can answer.

    sends: whether the peer sends the video, or plays one.
    """
    lines = offer.splitlines()
    if len(lines) > limits.lines:
        raise BadOffer(f"an offer may have {limits.lines} lines at most")
    for what, begins, most in (
        ("candidates", _CANDIDATE, limits.candidates), ("codecs", "a=rtpmap:", _CODECS),
        ("kinds of feedback for all codecs", "a=rtcp-fb:*", _FOR_ALL),
    ):  # fmt: skip
        if sum(line.startswith(begins) for line in lines) > most:
            raise BadOffer(f"an offer may name {most} {what} at most")
    try:
        wrong = _wrong(descriptions.SessionDescription.parse(offer), sends)
    except Exception:  # the parser was made for browsers; of others it raises anything, or leaves out what must be
        wrong = "the offer is no SDP"
    if wrong:
        raise BadOffer(wrong)


def reachable(offer: str, networks: Networks, limits: Limits) -> str:
    """The offer with those candidates alone that are tried: of UDP, in `networks`, and the first few in each part.

    The others are no loss where the peer can reach the server: it is then found by where its packets come from. So are
    browsers that name themselves by multicast DNS (.local), which is not asked. That no more will come is not passed
    on, for aiortc would give up at once where none is left.
    """
    kept, tried = [], 0
    for line in offer.splitlines():
        if line.startswith("m="):
            tried = 0
        if line.startswith(_CANDIDATE):
            if tried >= limits.tried or not _is_tried(line[len(_CANDIDATE) :].split(), networks):
                continue
            tried += 1
        if line != _END:
            kept.append(line)
    return "\r\n".join(kept) + "\r\n"


def _wrong(parsed, sends: bool) -> str:
    """What is wrong with an offer, "" where nothing is."""
    if sorted(media.kind for media in parsed.media) not in (["video"], ["audio", "video"]):
        return "an offer must have one video, one audio at most, and nothing else"
    for media in parsed.media:
        wrong = _wrong_media(media, sends)
        if wrong:
            return f"the offer's {media.kind} {wrong}"
    return _wrong_bundle(parsed)


def _wrong_media(media, sends: bool) -> str:
    """What is wrong with one part, "" where nothing is."""
    needed = ("sendonly", "sendrecv") if sends else ("recvonly", "sendrecv")
    if not _MID.fullmatch(media.rtp.muxId):
        return "has no name (a=mid)"
    if not (_USER.fullmatch(media.ice.usernameFragment or "") and _PASSWORD.fullmatch(media.ice.password or "")):
        return "has no proper a=ice-ufrag and a=ice-pwd"
    if media.dtls is None or not 0 < len(media.dtls.fingerprints) <= _FINGERPRINTS:
        return "has no proper a=setup and a=fingerprint"
    if not media.rtcp_mux:
        return "has no a=rtcp-mux"
    if media.direction is None or (media.kind == "video" and media.direction not in needed):
        return f"must say a={' or a='.join(needed)}"
    if not all(0 < extension.id < 256 for extension in media.rtp.headerExtensions):
        return "has an a=extmap that is out of range"
    if not all(0 <= each.ssrc < 2**32 for each in media.ssrc):
        return "has an a=ssrc that is out of range"
    return ""


def _wrong_bundle(parsed) -> str:
    """WHIP wants all parts on one transport (RFC 9725, 4.4.1)."""
    names = sorted(media.rtp.muxId for media in parsed.media)
    bundles = [sorted(group.items) for group in parsed.group if group.semantic == "BUNDLE"]
    if len({*names}) < len(names):
        return "two parts of the offer have the same name (a=mid)"
    if bundles not in ([names], [] if len(names) == 1 else [names]):
        return "the offer must have one a=group:BUNDLE, of all its parts"
    return ""


def _is_tried(words: list[str], networks: Networks) -> bool:
    """For what follows a=candidate: (RFC 8839, 5.1)."""
    if len(words) < 8 or not all(word.isascii() and word.isdigit() for word in (words[1], words[5])):
        return False
    component, transport, host, port, kind = words[1], words[2], words[4], words[5], words[7]
    return (
        component == "1" and transport.lower() == "udp" and len(port) < 6 and 0 < int(port) < 65536
        and kind in _TYPES and networks.allows(host)
    )  # fmt: skip
