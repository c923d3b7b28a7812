"""What sets of weights gain on talking people at a bad line's rates: whole frames of whole streams, a case for each.

    python examples/heads.py send FOLDER CLIP...
    python examples/heads.py score FOLDER NAME=WEIGHTS... [--every 3]
    python examples/heads.py route FOLDER GENERAL.safetensors ROUTER.json [--every 3]

CLIP is a video of a person whom training has never seen. `send` sends each at the points of bandwidth ladders
and keeps some frames of each stream. `score` takes each network alone, at full strength; `route` a bank, the sets
beside GENERAL among which the router chooses once a stream, by the mean of its looks. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from crispen.data.source import draw_clip
from crispen.degrade.codec import Codec
from crispen.degrade.condition import Condition, receive, shown
from crispen.model.router import Choice, Router, read_router
from crispen.model.student import Student
from crispen.model.weights import load_student
from crispen.train.losses.ms_ssim import ssim_terms
from crispen.train.streams import bank_of

SECONDS, KEPT, LOOKS = 2, 6, 4
NARROW = 0.05  # bit a coded pixel
# (lines that are sent of a picture shown at 720, kbit/s, frames a second); a smaller picture at the same bits a pixel
POINTS = (
    (720, 600, 30), (540, 600, 30), (540, 300, 15), (360, 300, 30), (360, 150, 30),
    (360, 80, 15), (270, 150, 30), (270, 80, 15), (180, 80, 30), (180, 40, 15),
)  # fmt: skip
CODECS = {"h264": POINTS, "vp8": POINTS, "vp9": POINTS, "av1": POINTS[3::3]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=("send", "score", "route"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("what", nargs="+")
    parser.add_argument("--every", type=int, default=1, help="look at every so manieth case only")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    if args.verb == "send":
        send([Path(clip) for clip in args.what], args.folder)
        return
    cases = list(enumerate(json.loads((args.folder / "cases.json").read_text())))[:: args.every]
    if args.verb == "route":
        bank = {name: load_student(path)[0] for name, path in bank_of(Path(args.what[0])).items()}
        nets = {Path(args.what[1]).name: (bank, read_router(Path(args.what[1])))}
    else:
        named = (each.split("=", 1) for each in args.what)
        nets = {name: ({name: load_student(Path(path))[0]}, None) for name, path in named}
    gains: dict[str, list] = {name: [] for name in nets}
    for number, _ in cases:
        planes = np.load(args.folder / f"{number:03}.npy")
        before = quality(planes[:, 0], planes[:, 1])
        for name, (bank, router) in nets.items():
            net, strength = chosen(bank, router, planes[:LOOKS, 0])
            gains[name].append(quality(sharpened(net, strength, planes[:, 0]), planes[:, 1]) - before)
    for name, found in gains.items():
        print(told(name, [case for _, case in cases], np.array(found)), flush=True)


def send(clips: list[Path], folder: Path) -> None:
    """Keeps NNN.npy, (KEPT, 2, H, W) uint8, received and truth, of each case, and says in cases.json what it is."""
    folder.mkdir(parents=True, exist_ok=True)
    cases = [(clip, codec, *point) for clip in clips for codec, points in CODECS.items() for point in points]
    rows = []
    for number, (clip, codec, lines, kilobits, fps) in enumerate(cases):
        bits = 1000 * kilobits / (lines * lines * 16 / 9 * fps)
        condition = Condition(factor=720 / lines, codec=Codec(codec, bits), frames=SECONDS * fps, fps=fps)
        rng = np.random.default_rng(number)
        frames, condition = draw_clip(clip, 0, 0, condition, rng, shrink=False)
        received = receive(frames, condition, rng)
        kept = np.linspace(2, len(frames) - 1, KEPT).astype(int)
        planes = [[shown(received[k], frames[k], condition).y, frames[k].y] for k in kept]
        np.save(folder / f"{number:03}.npy", np.array(planes))
        rows.append({"clip": clip.stem, "codec": codec, "lines": lines, "kilobits": kilobits, "fps": fps, "bits": bits})
    (folder / "cases.json").write_text(json.dumps(rows))


def chosen(bank: dict[str, Student], router: Router | None, looks: np.ndarray) -> tuple[Student, float]:
    """A set and its strength: what the router expects most of in the mean of its `looks` at planes (N, H, W)."""
    if router is None:
        return next(iter(bank.values())), 1.0
    told: dict[Choice, float] = {Choice("any", 0.0): 0.0}  # for pictures in which nothing can be told
    for y in looks:
        for choice, gain in router.gains(y).items():
            told[choice] = told.get(choice, 0.0) + gain
    best = max(told, key=lambda choice: told[choice])
    return bank[best.weights], best.strength


def sharpened(net: Student, strength: float, planes: np.ndarray) -> np.ndarray:
    """(N, H, W) uint8 -> the same, whole levels as a viewer sees them."""
    after = []
    for y in planes:
        x = torch.from_numpy(y[None, None]).float() / 255
        with torch.inference_mode():
            after.append(x + strength * net.correction(x)[0])
    return (torch.cat(after)[:, 0].clamp(0, 1) * 255).round().byte().numpy()


def quality(planes: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Mean (PSNR in dB, SSIM) over (N, H, W) uint8 planes."""
    found = []
    for pair in zip(planes, truth, strict=True):
        x, t = (torch.from_numpy(y[None, None]).float() / 255 for y in pair)
        found.append((-10 * ((x - t) ** 2).mean().clamp_min(1e-6).log10().item(), ssim_terms(x, t)[0].item()))
    return np.mean(found, axis=0)


def told(name: str, cases: list[dict], gains: np.ndarray) -> str:
    """A row of Markdown: gains over the input on all cases, on starved ones and on others; harm."""
    narrow = np.array([case["bits"] < NARROW for case in cases])
    worst = cases[int(gains[:, 0].argmin())]
    cells = [
        f"{gains[rows, 0].mean():+.3f} / {gains[rows, 1].mean():+.4f}" for rows in (narrow | True, narrow, ~narrow)
    ]
    cells += [f"{(gains[:, 0] < -0.05).mean():.0%}", f"{gains[:, 0].min():+.2f}"]
    cells += ["{clip} {codec} {lines} lines {kilobits} kbit/s".format(**worst)]
    return " | ".join(["", name, *cells, ""]).strip()


if __name__ == "__main__":
    main()
