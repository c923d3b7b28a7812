"""`crispen models`: lists the shipped models."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from crispen.apps.shared.terminal import print_table

if TYPE_CHECKING:
    from crispen.runtime.model_files import Expert


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the cards as one JSON object")


def run(args: argparse.Namespace) -> int:
    from crispen.runtime.model_files import MODEL_NAMES, find_expert

    models = [find_expert(name) for name in MODEL_NAMES]
    cards = {
        model.name: {**model.card, "bytes": sum(each.stat().st_size for each in _files(model))} for model in models
    }
    if args.json:
        print(json.dumps(cards, indent=2))
    else:
        _print(cards)
    return 0


def _files(model: Expert) -> list[Path]:
    """The model's file and those of its other experts."""
    ending = model.path.name.removeprefix(model.name)
    return [model.path, *model.path.parent.glob(f"{model.name}-*{ending}")]


def _print(cards: dict[str, dict]) -> None:
    head = ["model", "parameters", "MAC/pixel", "files", "gain over the input", "1080p"]
    notes = [note(card) for note in (_gain, _speed, _data, _license) for card in cards.values()]
    print_table(head, [_row(name, card) for name, card in cards.items()])
    print("\n".join(["", *filter(None, dict.fromkeys(notes))]))  # what the models share is printed once


def _row(name: str, card: dict) -> list[str]:
    quality, speed = card["quality"], card["speed"]
    return [
        name,
        f"{card['parameters']:,}",
        f"{card['mac_per_pixel']:,.0f}",
        f"{card['bytes'] / 1000:,.0f} kB",
        f"{quality['psnr_gain']:+.2f} dB {quality['ssim_gain']:+.4f}" if quality else "not measured",
        f"{speed['fps']:.0f} fps" if speed else "not measured",
    ]


def _gain(card: dict) -> str:
    if not (quality := card["quality"]):
        return ""
    before = f"{quality['input_psnr']:.2f} dB {quality['input_ssim']:.4f}"
    return (
        f"Gain: in mean PSNR-Y and SSIM-Y over the core damages of {quality['source']}, where the input has {before}; "
        f"{quality['command']}"
    )


def _speed(card: dict) -> str:
    return f"Speed: {card['speed']['command']} on {card['speed']['machine']}" if card["speed"] else ""


def _data(card: dict) -> str:
    return f"Training data: {card['training_data']}"


def _license(card: dict) -> str:
    return f"Licence of the weights: {card['license']}"
