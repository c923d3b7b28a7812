"""The WHIP muxer of PyAV's FFmpeg 8 sends to the server, as `ffmpeg -f whip` does."""

import datetime
import subprocess
import sys
import time
from pathlib import Path

import av
import pytest
from server_in_thread import serving

pytest.importorskip("aiortc")
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

SENDER = """
import sys, time
from fractions import Fraction
import av, numpy as np
url, certificate, key = sys.argv[1:]
options = {"authorization": "secret", "cert_file": certificate, "key_file": key}
with av.open(url, "w", format="whip", options=options) as out:
    fast = {"tune": "zerolatency", "preset": "ultrafast", "profile": "baseline"}
    video = out.add_stream("libx264", rate=30, options=fast)
    video.width, video.height, video.pix_fmt, video.bit_rate = 160, 120, "yuv420p", 200_000
    began = time.monotonic()
    for number in range(300):
        plane = np.full((180, 160), 40 + number % 150, np.uint8)
        frame = av.VideoFrame.from_ndarray(plane, "yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, 30)
        for packet in video.encode(frame):
            out.mux(packet)
        time.sleep(max(0, began + number / 30 - time.monotonic()))
"""


def certificate(folder: Path) -> tuple[Path, Path]:
    """An ECDSA certificate and its key. The one that FFmpeg with GnuTLS creates does not fit aiortc's ciphers."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ffmpeg")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    paths = folder / "c.pem", folder / "k.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.TraditionalOpenSSL
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    return paths


@pytest.mark.skipif("whip" not in av.formats_available, reason="this FFmpeg has no WHIP")
def test_video_of_ffmpeg_is_sharpened(tmp_path):
    words = [sys.executable, "-c", SENDER]
    with serving(token="secret") as server:
        sender = subprocess.Popen([*words, f"{server.url}/whip/hall", *map(str, certificate(tmp_path))])
        try:
            until = time.monotonic() + 30
            while time.monotonic() < until:
                states = [each.publisher.state() for each in server.sessions.sessions.values()]
                if states and states[0]["frames"] > 20:
                    break
                time.sleep(0.2)
            (state,) = states
            assert (state["width"], state["height"]) == (160, 120)
            assert state["frames"] > 20 and state["passed"] + state["dropped"] < state["frames"]
            assert server.sessions.counts()["whip"] == 1
        finally:
            sender.kill()
            sender.wait(10)
