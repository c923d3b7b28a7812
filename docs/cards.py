"""Writes docs/models/{fast,balanced,best}.md, the models' cards, from the weights' own stories and CallBench's report.

python docs/cards.py weights docs/callbench/v1.json
"""

import json
import sys
from pathlib import Path

from crispen.model.weights import load_student
from crispen.runtime.shipped import find_model
from crispen.train.streams import STREAMS, bank_of

CARDS = Path(__file__).parent / "models"
KNOWS = {
    "any": "everything",
    "full": "compressed at its full size",
    "blurred": "moved or out of focus",
    "noisy": "low light",
    "small": "compressed small and scaled up",
    "resized": "scaled only",
}


def main(weights: str, report: str) -> None:
    found = json.loads(Path(report).read_text())
    for name in ("fast", "balanced", "best"):
        text = "\n".join(
            [*_head(name), *_quality(found, name), *_training(bank_of(Path(weights) / f"{name}.safetensors"))]
        )
        (CARDS / f"{name}.md").write_text(text + "\n")


def _head(name: str) -> list[str]:
    model = find_model(name)
    card, files = model.card, sorted(model.path.parent.glob(f"{name}*.onnx"))
    eight = sum(file.stat().st_size for file in files if ".int8." in file.name)
    rest = sum(file.stat().st_size for file in files) - eight
    channels, depth, side = card["width"], card["depth"], card["unshuffle"]
    return [
        f"# Model card: `{name}`",
        "",
        "*Written by `python docs/cards.py weights docs/callbench/v1.json`.*",
        "",
        f"A residual network on blocks of {side}x{side} luma pixels: {depth + 2} convolutions of 3x3, {channels} channels,",
        f"{card['parameters']:,} parameters, {card['mac_per_pixel']:,.0f} multiply-accumulates a pixel. It sees",
        f"{model.reach} pixels around each. {len(STREAMS)} sets of weights and a router among them; {eight / 1000:.0f} kB in",
        f"eight bits, {rest / 1000:.0f} kB in float32. Licence: {card['license']}.",
        "",
        "For video and pictures that a call made soft. Not for forensics, nor for reading what can not be read: it puts back",
        "what is likely, which need not be what was there. It changes luma only, and does not enlarge.",
        "",
        "Learned from 740 pictures and clips under CC0, CC-BY, CC-BY-SA and GPL, listed in [data.md](../data.md), damaged as",
        "[training.md](../training.md) tells. The people in them are few, mostly in portraits and at desks; that it serves all",
        "faces alike was not measured.",
        "",
    ]


def _quality(found: dict, name: str) -> list[str]:
    row, inputs, conditions = found["rows"][name], found["rows"]["input"], found["conditions"]
    core, score, speed = row["core"], inputs["core"]["score"], row["speed"]
    lines = [
        "## What it gains",
        "",
        f"[CallBench v1](../callbench/v1.md): {len(found['pictures'])} pictures that it did not learn from. Gains in luma over",
        "the input, with 95 % intervals over pictures.",
        "",
        "| core mean | input | gain |",
        "|---|--:|--:|",
    ]
    for key, title, digits in (
        ("psnr", "PSNR, dB", 2), ("ssim", "SSIM", 4), ("ms_ssim", "MS-SSIM", 4), ("lpips", "LPIPS (less is better)", 4),
        ("vmaf", "VMAF", 1), ("vmaf_neg", "VMAF-NEG", 1), ("words", "words read of text", 3),
    ):  # fmt: skip
        if key in core["gain"]:
            mean, low, high = (f"{core['gain'][key][part]:+.{digits}f}" for part in ("mean", "low", "high"))
            lines.append(f"| {title} | {score[key]:.{digits}f} | {mean} ({low} to {high}) |")
    lines += [
        "",
        f"PSNR falls in {core['made_worse']:.0%} of the cases. Undamaged pictures come back at {row['clean']['psnr']:.1f} dB, SSIM",
        f"{row['clean']['ssim']:.4f}. A 1080p frame takes {speed['median_ms']:.1f} ms, p95 {speed['p95_ms']:.1f}, on",
        f"{speed['threads']} cores of an {found['machine']['cpu']} ({speed['engine'].split(', ', 1)[1]}).",
        "",
        "| condition | dB | SSIM | category, core | dB | SSIM |",
        "|---|--:|--:|---|--:|--:|",
    ]
    gains = [
        [
            f"{title} | {each['gain']['psnr']['mean']:+.2f} | {each['gain']['ssim']['mean']:+.4f}"
            for title, each in part.items()
        ]
        for part in (
            {k: v for k, v in row["conditions"].items() if k in conditions and k != "clean"},
            row["categories"],
        )
    ]
    for number, left in enumerate(gains[0]):
        right = gains[1][number] if number < len(gains[1]) else " | | "
        lines.append(f"| {left} | {right} |")
    below = [
        f"{title} ({each['gain']['psnr']['mean']:+.2f} dB)"
        for title, each in row["conditions"].items()
        if title != "clean" and each["gain"]["psnr"]["mean"] < 0
    ]
    worst = [f"{case['picture']} under {case['condition']} ({case['gain']:+.2f} dB)" for case in row["worst"][:3]]
    return [
        *lines,
        "",
        f"Below the input in the mean: {', '.join(below) or 'no condition'}.",
        f"Worst cases: {'; '.join(worst)}.",
        "",
    ]


def _training(bank: dict[str, Path]) -> list[str]:
    lines = [
        "## How it was made",
        "",
        "Steps of 16 tiles, those of a set after those that it goes on from; the loss is ln(MSE) + 5 (1 - SSIM), under a",
        "teacher half of it against its label, less and less over the last half of the run.",
        "",
        "| set | knows | steps | teacher | hours of a core |",
        "|---|---|---|---|--:|",
    ]
    for stream, path in bank.items():
        story, steps, hours, teachers = load_student(path)[1], [], 0.0, []
        while story:
            steps.append(f"{story['train']['steps']:,}")
            hours += json.loads(story["validation"])["seconds"] / 3600
            if story.get("teacher") and story["teacher"] not in teachers:
                teachers.append(story["teacher"])
            story = story.get("start")
        told = f"the sets of `{teachers[0].removesuffix('.safetensors')}`" if teachers else "none"
        lines.append(f"| {stream} | {KNOWS[stream]} | {' + '.join(reversed(steps))} | {told} | {hours:.1f} |")
    return [
        *lines,
        "",
        "A set is not for the core's mean but for its own stream; what a bank gains is in the table above.",
    ]


if __name__ == "__main__":
    main(*sys.argv[1:])
