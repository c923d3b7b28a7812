"""Writes docs/models/{fast,balanced,best}.{md,svg}, the model cards, from the weights files and CallBench's results.

The results are REPORT, of the core suite, and results/callbench_heads.json.xz.

python tools/cards.py weights results/callbench_v1.json.xz
"""

import json
import lzma
import sys
from dataclasses import asdict
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from case_table import load_results
from crispen.degrade.core_conditions import CORE
from crispen.model.weights import load_student
from crispen.runtime.model_files import find_expert
from crispen.train.experts import EXPERTS, expert_weights

CARDS = Path(__file__).parent.parent / "docs" / "models"
DEGRADATIONS = {
    "any": "everything",
    "full": "coded at full size",
    "starved": "coded at no more than 0.05 bit per pixel",
    "blurred": "motion blur or defocus, then coded",
    "noisy": "low light, then coded",
    "small": "coded at a smaller size and scaled up",
    "aliased": "scaled without a low-pass filter, not coded",
    "resized": "scaled with a low-pass filter, not coded",
}
_COLOURS = {  # Okabe and Ito, 2008
    "any": "#1a1a1a",
    "full": "#0072b2",
    "blurred": "#d55e00",
    "noisy": "#cc79a7",
    "small": "#009e73",
    "aliased": "#e69f00",
    "resized": "#56b4e9",
}


def main(weights: str, report: str) -> None:
    found = json.loads(lzma.decompress(Path(report).read_bytes()))
    for name in ("fast", "balanced", "best"):
        experts = expert_weights(Path(weights) / f"{name}.safetensors")
        parts = (
            _head(name, len(experts)),
            _quality(found, name),
            _heads(load_results("callbench_heads"), name),
            _training(name, experts),
        )
        (CARDS / f"{name}.md").write_text("\n".join(line for part in parts for line in part) + "\n")
        _draw(CARDS / f"{name}.svg", experts)


def _head(name: str, experts: int) -> list[str]:
    model = find_expert(name)
    card = model.card
    files = list(model.path.parent.glob(f"{name}*.onnx"))
    eight = sum(file.stat().st_size for file in files if ".int8." in file.name)
    rest = sum(file.stat().st_size for file in files) - eight
    channels, depth, side = card["width"], card["depth"], card["unshuffle"]
    return [
        f"# Model card: `{name}`",
        "",
        "*Written by `python tools/cards.py weights results/callbench_v1.json.xz`.*",
        "",
        f"A residual network on blocks of {side}x{side} luma pixels: {depth + 2} convolutions of 3x3, {channels} channels,",
        f"{card['parameters']:,} parameters, {card['mac_per_pixel']:,.0f} MAC per pixel. Each output pixel depends on the input",
        f"up to {model.reach} pixels away. {experts} experts and a router; {eight / 1000:.0f} kB in int8,",
        f"{rest / 1000:.0f} kB in float32. Licence: {card['license']}.",
        "",
        "Intended for video and pictures that a call made soft. Not intended for forensics or for making unreadable text",
        "readable: it restores likely detail, which may differ from the original. It changes luma only and does not enlarge.",
        "",
        "Trained on up to 827 pictures and clips under CC0, CC-BY, CC-BY-SA and GPL, listed in [data.md](../data.md), with the",
        "degradations in [training.md](../training.md). They show few people, mostly in portraits and at desks; whether the",
        "quality is equal for all faces was not measured.",
        "",
    ]


def _quality(found: dict, name: str) -> list[str]:
    row, inputs, conditions = found["rows"][name], found["rows"]["input"], found["conditions"]
    core, score, speed = row["core"], inputs["core"]["score"], row["speed"]
    lines = [
        "## Quality",
        "",
        f"[CallBench v1](../callbench/v1.md): {len(found['pictures'])} pictures that it was not trained on. Gains in luma over",
        "the input, with 95 % intervals over pictures.",
        "",
        "| core mean | input | gain |",
        "|---|--:|--:|",
    ]
    for key, title, digits in (
        ("psnr", "PSNR, dB", 2), ("ssim", "SSIM", 4), ("ms_ssim", "MS-SSIM", 4), ("lpips", "LPIPS (lower is better)", 4),
        ("vmaf", "VMAF", 1), ("vmaf_neg", "VMAF-NEG", 1), ("words", "share of words read correctly", 3),
    ):  # fmt: skip
        if key in core["gain"]:
            mean, low, high = (f"{core['gain'][key][part]:+.{digits}f}" for part in ("mean", "low", "high"))
            lines.append(f"| {title} | {score[key]:.{digits}f} | {mean} ({low} to {high}) |")
    lines += [
        "",
        f"PSNR falls in {core['made_worse']:.0%} of the cases. Clean pictures are returned with {row['clean']['psnr']:.1f} dB and SSIM",
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
        f"Conditions with a loss on average: {', '.join(below) or 'none'}.",
        f"Worst cases: {'; '.join(worst)}.",
        "",
    ]


def _heads(found: dict, name: str) -> list[str]:
    """Changes on talking people at low bit rates."""
    row, score = found["rows"][name]["mean"], found["rows"]["input"]["mean"]["score"]
    lines = [
        "## Talking people at low bit rates",
        "",
        f"[Heads suite](../callbench/heads.md): {row['cases']} streams of {len(found['pictures'])} clips.",
        "",
        "| mean | input | change |",
        "|---|--:|--:|",
    ]
    for key, title, digits in (
        ("psnr", "PSNR, dB", 2), ("ssim", "SSIM", 4), ("blocking", "blocking (lower is better)", 3),
        ("lpips", "LPIPS (lower is better)", 4), ("vmaf_neg", "VMAF-NEG", 1), ("flicker", "flicker (lower is better)", 3),
    ):  # fmt: skip
        if key in score:
            lines.append(f"| {title} | {score[key]:.{digits}f} | {row['gain'][key]:+.{digits}f} |")
    worse = f"PSNR falls by more than 0.05 dB in {row['worse']:.1%} of the streams, at worst by {-row['worst']:.2f} dB."
    return [*lines, "", worse, ""]


def _training(name: str, experts: dict[str, Path]) -> list[str]:
    lines = [
        "## Training",
        "",
        "Steps of 16 tiles, first those of the weights that an expert started from. The objective is ln(MSE) + 5 (1 - SSIM);",
        "with a teacher half of it compares with the label, linearly less in the second half of the run.",
        "",
        "| expert | degradations | steps | teacher | core hours |",
        "|---|---|---|---|--:|",
    ]
    for expert, path in experts.items():
        steps, hours, teachers = [], 0.0, []
        for run in _stages(path):
            steps.append(f"{run['train']['steps']:,}")
            hours += json.loads(run["validation"])["seconds"] / 3600
            if run.get("teacher") and run["teacher"] not in teachers:
                teachers.append(run["teacher"])
        teacher = f"the experts of `{teachers[0].removesuffix('.safetensors')}`" if teachers else "none"
        lines.append(f"| {expert} | {DEGRADATIONS[expert]} | {' + '.join(steps)} | {teacher} | {hours:.1f} |")
    return [
        *lines,
        "",
        "Gain of each expert during training on the validation tiles of its own degradations, at full strength and without a",
        "router (`any`: on all tiles). The table above has the gains of the whole model."
        + (" The validation tiles have no starved stream." if "starved" in experts else ""),
        "",
        f"![Curves]({name}.svg)",
    ]


def _stages(path: Path) -> list[dict]:
    """The provenance of the runs that made these weights, first to last."""
    run, stages = load_student(path)[1], []
    while run:
        stages.insert(0, run)
        run = run.get("start")
    return stages


def _draw(target: Path, experts: dict[str, Path]) -> None:
    """Plots the validation gain of each expert on the conditions of its own degradations over the steps."""
    matplotlib.rcParams["svg.hashsalt"] = target.stem  # the same file from the same weights
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    axes = figure.subplots()
    for expert, path in experts.items():
        own = [name for name, condition in CORE.items() if EXPERTS[expert]({"condition": asdict(condition)})]
        if not own:  # no validation tile is starved
            continue
        done, points = 0, []
        for run in _stages(path):
            points += [(done + step, sum(gains[name] for name in own) / len(own)) for step, gains in run["curve"]]
            done += run["train"]["steps"]
        axes.plot(
            *zip(*points, strict=True), label=expert, color=_COLOURS[expert], linewidth=2 if expert == "any" else 1.2
        )
    axes.axhline(0, color="grey", linewidth=0.5)
    axes.set(xlabel="step", ylabel="gain over the input, dB", ylim=(-1, None))
    axes.legend(fontsize=8, ncols=2)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(target, metadata={"Date": None})


if __name__ == "__main__":
    main(*sys.argv[1:])
