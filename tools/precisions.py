"""Prints the loss of int8 on CallBench for each condition: a row in PSNR (dB) and one in SSIM for each model.

crispen eval BENCH callbench/pictures --quick --baselines '' --precision int8 --json int8.json     # and f32
python tools/precisions.py int8.json f32.json
"""

import json
import sys
from pathlib import Path

eight, full = (json.loads(Path(path).read_text())["rows"] for path in sys.argv[1:])
names = [name for name in full["fast"]["conditions"] if name != "clean"]
print("| int8 less float32 |", *(f" {name} |" for name in ("mean", *names)), sep="")
print("|---|", "--:|" * (len(names) + 1), sep="")
for model in ("fast", "balanced", "best"):
    for measure, digits in (("psnr", 3), ("ssim", 4)):
        scores = [
            eight[model]["conditions"][name]["score"][measure] - full[model]["conditions"][name]["score"][measure]
            for name in names
        ]
        cells = (f" {value:+.{digits}f} |" for value in (sum(scores) / len(scores), *scores))
        print(f"| `{model}`, {'dB' if measure == 'psnr' else 'SSIM'} |", *cells, sep="")
