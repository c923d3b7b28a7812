"""`crispen models`: what ships."""

from __future__ import annotations

import argparse
import json

from crispen.apps.table import text_table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the cards as JSON")


def run(args: argparse.Namespace) -> int:
    from crispen.runtime.shipped import NAMES, find_model

    models = [find_model(name) for name in NAMES]
    if args.json:
        cards = {model.name: {**model.card, "bytes": model.path.stat().st_size} for model in models}
        print(json.dumps(cards, indent=2))
        return 0
    rows = []
    for model in models:
        card, quality, speed = model.card, model.card.get("quality", {}), model.card.get("speed", {})
        rows.append(
            [
                model.name,
                f"{card['parameters']:,}",
                f"{card['mac_per_pixel']:,.0f}",
                f"{model.path.stat().st_size / 1000:,.0f} kB",
                f"{quality['psnr_gain']:+.2f} dB {quality['ssim_gain']:+.4f}" if quality else "not measured",
                f"{speed['fps']:.0f} fps" if speed else "crispen bench",
            ]
        )
    print(text_table(["model", "parameters", "MAC/pixel", "file", "gain over the input", "1080p"], rows))
    first = models[0].card
    quality, speed = first.get("quality", {}), first.get("speed", {})
    if quality:
        print(f"\nGain: mean PSNR-Y and SSIM-Y over nine damages of {quality['source']}; {quality['command']}")
    if speed:
        print(f"Speed: median of {speed['command']} on {speed['machine']}")
    print(f"Training data: {first.get('training_data')}\nLicence of the weights: {first.get('license')}")
    return 0
