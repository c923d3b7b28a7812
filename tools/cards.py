"""Writes docs/models/{fast,balanced,best}.{md,svg}, the models' cards, from the weights' stories and CallBench's report.

python tools/cards.py weights results/callbench_v1.json.xz
"""

import json
import lzma
import sys
from dataclasses import asdict
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from crispen.degrade.core_conditions import CORE
from crispen.model.weights import load_student
from crispen.runtime.model_files import find_expert
from crispen.train.experts import EXPERTS, expert_weights

CARDS = Path(__file__).parent.parent / "docs" / "models"
KNOWS = {
    "any": "everything",
    "full": "compressed at its full size",
    "blurred": "moved or out of focus",
    "noisy": "low light",
    "small": "compressed small and scaled up",
    "aliased": "scaled down by a few samples, without a codec",
    "resized": "scaled down by a filter, without a codec",
}
_COLOURS = ("#1a1a1a", "#0072b2", "#d55e00", "#cc79a7", "#009e73", "#e69f00", "#56b4e9")  # Okabe and Ito, 2008


def main(weights: str, report: str) -> None:
    found = json.loads(lzma.decompress(Path(report).read_bytes()))
    for name in ("fast", "balanced", "best"):
        bank = expert_weights(Path(weights) / f"{name}.safetensors")
        vivid = expert_weights(Path(weights) / f"{name}-vivid.safetensors")
        parts = _head(name), _quality(found, name), _look(found, name), _training(name, bank, vivid)
        (CARDS / f"{name}.md").write_text("\n".join(line for part in parts for line in part) + "\n")
        _draw(CARDS / f"{name}.svg", bank)


def _head(name: str) -> list[str]:
    model = find_expert(name)
    card = model.card
    files = [path for path in model.path.parent.glob(f"{name}*.onnx") if "-vivid" not in path.name]
    eight = sum(file.stat().st_size for file in files if ".int8." in file.name)
    rest = sum(file.stat().st_size for file in files) - eight
    channels, depth, side = card["width"], card["depth"], card["unshuffle"]
    return [
        f"# Model card: `{name}`",
        "",
        "*Written by `python tools/cards.py weights results/callbench_v1.json.xz`.*",
        "",
        f"A residual network on blocks of {side}x{side} luma pixels: {depth + 2} convolutions of 3x3, {channels} channels,",
        f"{card['parameters']:,} parameters, {card['mac_per_pixel']:,.0f} multiply-accumulates a pixel. It sees",
        f"{model.reach} pixels around each. {len(EXPERTS)} sets of weights and a router among them; {eight / 1000:.0f} kB in",
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


def _look(found: dict, name: str) -> list[str]:
    """What the vivid look gains and costs beside the natural one."""
    if f"{name}-vivid" not in found["rows"]:
        return []
    rows = [found["rows"][each]["core"]["gain"] for each in (name, f"{name}-vivid")]
    before = found["rows"]["input"]["core"]["score"]["lpips"]
    less = 1 - (before + rows[1]["lpips"]["mean"]) / (before + rows[0]["lpips"]["mean"])
    lines = [
        "## The vivid look",
        "",
        f"`--look vivid`: sets of their own behind the same router. LPIPS {less:.0%} below the natural look, for fidelity:",
        "",
        "| core mean, gain over the input | natural | vivid |",
        "|---|--:|--:|",
    ]
    for key, title, digits in (
        ("psnr", "PSNR, dB", 2), ("ssim", "SSIM", 4), ("lpips", "LPIPS (less is better)", 4),
        ("vmaf", "VMAF", 1), ("vmaf_neg", "VMAF-NEG", 1), ("words", "words read of text", 3),
    ):  # fmt: skip
        natural, vivid = (f"{row[key]['mean']:+.{digits}f}" for row in rows)
        lines.append(f"| {title} | {natural} | {vivid} |")
    return [*lines, ""]


def _training(name: str, bank: dict[str, Path], vivid: dict[str, Path]) -> list[str]:
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
        steps, hours, teachers = [], 0.0, []
        for story in _stages(path):
            steps.append(f"{story['train']['steps']:,}")
            hours += json.loads(story["validation"])["seconds"] / 3600
            if story.get("teacher") and story["teacher"] not in teachers:
                teachers.append(story["teacher"])
        told = f"the sets of `{teachers[0].removesuffix('.safetensors')}`" if teachers else "none"
        lines.append(f"| {stream} | {KNOWS[stream]} | {' + '.join(steps)} | {told} | {hours:.1f} |")
    last = [_stages(path)[-1] for path in vivid.values() if path.exists()]
    hours = sum(json.loads(story["validation"])["seconds"] for story in last) / 3600
    if last:
        lines += [
            "",
            f"Each vivid set goes on from the natural one for {last[0]['train']['steps']} steps under 20 times the distance of VGG-16's",
            f"features and 400 times the mesh beside that loss, {hours:.1f} hours of a core for all, and corrects 1.5 times as much.",
        ]
    return [
        *lines,
        "",
        "A set is not for the core's mean but for its own stream; what a bank gains is in the table above. Gains on the",
        "validation tiles of its own stream while it learned, at full strength and without a router (`any`: on all of them):",
        "",
        f"![Curves]({name}.svg)",
    ]


def _stages(path: Path) -> list[dict]:
    """The stories of the runs that made these weights, first to last."""
    story, stages = load_student(path)[1], []
    while story:
        stages.insert(0, story)
        story = story.get("start")
    return stages


def _draw(target: Path, bank: dict[str, Path]) -> None:
    """Validation gain of each set on the conditions of its own stream, against steps."""
    matplotlib.rcParams["svg.hashsalt"] = target.stem  # the same file from the same weights
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    axes = figure.subplots()
    for (stream, path), colour in zip(bank.items(), _COLOURS, strict=True):
        own = [name for name, condition in CORE.items() if EXPERTS[stream]({"condition": asdict(condition)})]
        done, points = 0, []
        for story in _stages(path):
            points += [(done + step, sum(gains[name] for name in own) / len(own)) for step, gains in story["curve"]]
            done += story["train"]["steps"]
        axes.plot(*zip(*points, strict=True), label=stream, color=colour, linewidth=2 if stream == "any" else 1.2)
    axes.axhline(0, color="grey", linewidth=0.5)
    axes.set(xlabel="step", ylabel="gain over the input, dB", ylim=(-1, None))
    axes.legend(fontsize=8, ncols=2)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(target, metadata={"Date": None})


if __name__ == "__main__":
    main(*sys.argv[1:])
