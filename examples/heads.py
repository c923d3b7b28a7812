"""The gains of experts and routers on talking people at low bit rates, at CallBench's heads operating points.

    python examples/heads.py send FOLDER CLIPS
    python examples/heads.py score FOLDER NAME=WEIGHTS... [--every 3]
    python examples/heads.py route FOLDER GENERAL.safetensors ROUTER.json [--every 3]

CLIPS is a folder of videos of persons who are not in the training data and not in CallBench. `send` sends each clip at
the operating points and keeps frames of each stream. `score` measures single networks at full strength. `route`
measures the model of GENERAL and its other experts; the router chooses once per stream, by the mean over some frames.
Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from crispen.callbench.case_summary import WORSE
from crispen.callbench.heads_cases import find_clips, head_cases, head_clip
from crispen.callbench.operating_points import POINTS, STARVED
from crispen.metrics.psnr import psnr
from crispen.metrics.ssim import ssim
from crispen.model.student import Student
from crispen.model.weights import load_student
from crispen.runtime.router import Choice, Router, read_router
from crispen.train.experts import expert_weights

KEPT, VIEWS = 4, 4  # frames of a stream that are measured, and that the router sees


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=("send", "score", "route"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("what", nargs="+")
    parser.add_argument("--every", type=int, default=1, help="measure every N-th case only")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    if args.verb == "send":
        send([Path(folder) for folder in args.what], args.folder)
        return
    if args.verb == "route":
        experts = {name: load_student(path)[0] for name, path in expert_weights(Path(args.what[0])).items()}
        nets = {Path(args.what[1]).name: (experts, read_router(Path(args.what[1])))}
    else:
        named = (each.split("=", 1) for each in args.what)
        nets = {name: ({name: load_student(Path(path))[0]}, None) for name, path in named}
    cases = json.loads((args.folder / "cases.json").read_text())
    kept = range(0, len(cases), args.every)
    gains = np.array([measured(np.load(args.folder / f"{number:03}.npy"), nets) for number in kept])
    print("| | all | starved | others | worse | worst | which |\n|---|--:|--:|--:|--:|--:|---|")
    for name, found in zip(nets, gains.swapaxes(0, 1), strict=True):
        print(table_row(name, [cases[number] for number in kept], found), flush=True)


def send(folders: list[Path], target: Path) -> None:
    """Writes NNN.npy, (KEPT, 2, H, W) uint8, received and truth, for each case, and the cases to cases.json."""
    target.mkdir(parents=True, exist_ok=True)
    clips = find_clips(folders)
    cases = head_cases(clips)
    for number, (clip, point) in enumerate(cases):
        found = head_clip(clips[clip], POINTS[point], np.random.default_rng(number))
        frames = np.linspace(0, found["frames"] - 1, KEPT).astype(int)
        planes = [np.split(found[name], found["frames"]) for name in ("received", "truth")]
        np.save(target / f"{number:03}.npy", np.array([[plane[k] for plane in planes] for k in frames]))
    (target / "cases.json").write_text(json.dumps(cases))


def measured(planes: np.ndarray, nets: dict) -> list[np.ndarray]:
    """The gain of each of `nets` in dB and SSIM on planes (KEPT, 2, H, W) of one stream."""
    before, gains = quality(planes[:, 0], planes[:, 1]), []
    for experts, router in nets.values():
        net, strength = chosen(experts, router, planes[:VIEWS, 0])
        gains.append(quality(sharpened(net, strength, planes[:, 0]), planes[:, 1]) - before)
    return gains


def chosen(experts: dict[str, Student], router: Router | None, views: np.ndarray) -> tuple[Student, float]:
    """The expert and strength with the largest expected gain, as the mean over `views` (N, H, W)."""
    if router is None:
        return next(iter(experts.values())), 1.0
    expected: dict[Choice, float] = {Choice("any", 0.0): 0.0}  # for pictures without usable tiles
    for y in views:
        for choice, gain in router.gains(y).items():
            expected[choice] = expected.get(choice, 0.0) + gain
    best = max(expected, key=lambda choice: expected[choice])
    return experts[best.expert], best.strength


def sharpened(net: Student, strength: float, planes: np.ndarray) -> np.ndarray:
    """The sharpened planes (N, H, W) uint8, rounded to levels."""
    after = []
    for y in planes:
        x = torch.from_numpy(y[None, None]).float() / 255
        with torch.inference_mode():
            after.append(x + strength * net.correction(x)[0])
    return (torch.cat(after)[:, 0].clamp(0, 1) * 255).round().byte().numpy()


def quality(planes: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Mean (PSNR in dB, SSIM) over (N, H, W) uint8 planes."""
    return np.mean([(psnr(t, y), ssim(t, y)) for y, t in zip(planes, truth, strict=True)], axis=0)


def table_row(name: str, cases: list[tuple[str, str]], gains: np.ndarray) -> str:
    """A Markdown row: gains on all cases, on starved ones and on the others; share made worse; worst case."""
    starved = np.array([POINTS[point].bits_per_pixel <= STARVED for _, point in cases])
    cells = ["{:+.3f} / {:+.4f}".format(*part.mean(0)) for part in (gains, gains[starved], gains[~starved])]
    cells += [f"{(gains[:, 0] < -WORSE).mean():.0%}", f"{gains[:, 0].min():+.2f}"]
    return "| " + " | ".join([name, *cells, " ".join(cases[int(gains[:, 0].argmin())])]) + " |"


if __name__ == "__main__":
    main()
