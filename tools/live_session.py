"""Measures a long call: a 720p30 webcam through `crispen live` into a virtual camera.

    python tools/live_session.py --minutes 10 --cpu-budget 60

Both devices are the fakes of tests/live/v4l2_fake.c, between the kernel and FFmpeg's own V4L2 code. The camera gives
examples/call.mp4, enlarged to 1280x720 and compressed as webcams do (MJPEG), thirty times a second, and waits for
nobody; what is written to the virtual camera is read by this script as a call would. Prints one line for each thing to
hold, and ends with 1 if one does not. Linux, a C compiler and a checkout are needed.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import struct
import subprocess
import sys
import tempfile
import threading
import time
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av

from crispen.media.av_filters import FilterChain

ROOT = Path(__file__).parent.parent
WIDTH, HEIGHT, RATE = 1280, 720, 30
PROGRAM = """
import sys
from pathlib import Path
import crispen.live.v4l2_devices as devices
devices.FOLDER, devices.SYSTEM = Path({dev!r}), Path({sys!r})
from crispen.apps.cli import main
sys.exit(main(sys.argv[1:]))
"""


def main() -> int:
    parser = argparse.ArgumentParser(description="Measures a long live session between two fake devices.")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--cpu-budget", type=float, default=60, metavar="PERCENT")
    parser.add_argument("--model", default="balanced")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found, arrivals, used = _session(Path(folder), args)
    lost = found["dropped"] + found["went"].get("as they came", 0)
    gaps = sorted(after - before for before, after in pairwise(arrivals))
    print(json.dumps(found))
    checks = [
        (f"{len(arrivals)} frames reached the call, {found['sent']} were sent", len(arrivals) == found["sent"]),
        (f"{found['fps_in']:.2f} frames a second came", abs(found["fps_in"] - RATE) < 0.5),
        (f"{found['dropped']} dropped, {100 * found['passed']:.2f}% not sharpened", lost < 0.01 * found["frames"]),
        (f"added until sharpened: {_delays(found, 'sharpened')}", found["added_ms"]["sharpened"]["p95"] <= 1000 / RATE),
        (f"CPU {found['cpu']:.1f}% of {args.cpu_budget:g}% of a core", found["cpu"] <= args.cpu_budget),
    ]
    for text, holds in checks:
        print(f"{'holds' if holds else 'FAILS'}  {text}")
    print(f"       99% of the frames reached the call {1000 * gaps[int(0.99 * len(gaps))]:.0f} ms after the one before")
    print(f"       added until written: {_delays(found, 'written')}")
    print(f"       CPU by the kernel's count, starting included: {used:.1f}% of a core")
    return 0 if all(holds for _, holds in checks) else 1


def _session(folder: Path, args: argparse.Namespace) -> tuple[dict, list[float], float]:
    """(what `--json` gave, when each frame reached the call, percent of a core by the kernel)."""
    _record(folder / "frames")
    library = folder / "fake.so"
    subprocess.run(
        ["cc", "-O1", "-shared", "-fPIC", "-o", library, ROOT / "tests/live/v4l2_fake.c", "-ldl"], check=True
    )
    dev = folder / "dev"
    dev.mkdir()
    (dev / "video0").touch()
    os.mkfifo(dev / "video10")
    faked = {
        "LD_PRELOAD": str(library), "FAKE_CAMERA": str(dev / "video0"), "FAKE_OUTPUT": str(dev / "video10"),
        "FAKE_FRAMES": str(folder / "frames"), "FAKE_FORMAT": "MJPG", "FAKE_SIZE": f"{WIDTH}x{HEIGHT}",
    }  # fmt: skip
    words = ["live", "0", "virtual", "--size", f"{WIDTH}x{HEIGHT}", "--model", args.model, "--json"]
    words += ["--seconds", str(60 * args.minutes), "--cpu-budget", str(args.cpu_budget)]
    program = PROGRAM.format(dev=str(dev), sys=str(folder / "sys"))
    arrivals: list[float] = []
    with open(os.open(dev / "video10", os.O_RDONLY | os.O_NONBLOCK), "rb", buffering=0) as pipe:
        os.set_blocking(pipe.fileno(), True)
        began = time.monotonic()
        running = subprocess.Popen(
            [sys.executable, "-c", program, *words], env=os.environ | faked, stdout=subprocess.PIPE
        )
        done = threading.Event()
        call = threading.Thread(target=_watch, args=(pipe, arrivals, done))
        call.start()
        answer, _ = running.communicate()
        seconds = time.monotonic() - began
        done.set()
        call.join()
    if running.returncode:
        sys.exit(running.returncode)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return json.loads(answer), arrivals, 100 * (children.ru_utime + children.ru_stime) / seconds


def _watch(pipe, arrivals: list[float], done: threading.Event) -> None:
    """Reads whole frames, as a call does, until no more come."""
    missing = size = WIDTH * HEIGHT * 3 // 2
    while True:
        part = pipe.read(min(missing, 1 << 20))
        if not part:
            if done.is_set():
                return
            time.sleep(0.01)  # nobody writes yet
            continue
        missing -= len(part)
        if not missing:
            arrivals.append(time.monotonic())
            missing = size


def _record(path: Path) -> None:
    """Writes the frames that the camera gives, each as its length and its JPEG."""
    shape = FilterChain(
        ("scale", f"{WIDTH}:-2:flags=bicubic"), ("crop", f"{WIDTH}:{HEIGHT}"),
        ("scale", "out_range=pc"), ("format", "yuvj422p"),
    )  # fmt: skip
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = WIDTH, HEIGHT, "yuvj422p", Fraction(1, RATE)
    encoder.qmin = encoder.qmax = 3
    with av.open(str(ROOT / "examples" / "call.mp4")) as clip, open(path, "wb") as file:
        for number, frame in enumerate(clip.decode(video=0)):
            shaped = shape(frame)
            shaped.pts, shaped.time_base, shaped.pict_type = number, Fraction(1, RATE), 0
            for packet in encoder.encode(shaped):
                file.write(struct.pack("I", packet.size) + bytes(packet))


def _delays(found: dict, name: str) -> str:
    delays = found["added_ms"][name]
    return f"{delays['p50']:.1f} ms, 95% {delays['p95']:.1f} ms (one frame is {1000 / RATE:.1f} ms)"


if __name__ == "__main__":
    sys.exit(main())
