"""Writes the pages of the Python package with sample data, for reports.test.js: python sample_pages.py FOLDER"""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "tests" / "callbench"))

from summaries import usual  # noqa: E402

from crispen.apps.cli import main  # noqa: E402
from crispen.callbench.report.crops import Crop, encode_crop  # noqa: E402
from crispen.callbench.report.html_report import html_report  # noqa: E402


def write(folder: Path) -> None:
    """Writes compare.html, videos.html, callbench.html and study/site/index.html."""
    sharp = Image.open(ROOT / "examples/pictures/budgie-backgro_0008.jpg").convert("RGB")
    soft = sharp.filter(ImageFilter.GaussianBlur(2))
    for name, picture in (("soft", soft), ("sharp", sharp)):
        (folder / name).mkdir()
        picture.save(folder / name / "picture.png")
    soft_file, sharp_file = (str(folder / name / "picture.png") for name in ("soft", "sharp"))
    call = str(ROOT / "examples/call.mp4")
    conditions = [f"--condition=input={folder / 'soft'}", f"--condition=sharp={folder / 'sharp'}"]
    for words in (
        ["compare", soft_file, sharp_file, "--truth", sharp_file, "-o", str(folder / "compare.html")],
        ["compare", call, call, "--labels", "Before,After", "-o", str(folder / "videos.html")],
        ["study", "make", *conditions, "--raters", "2", "--ties", str(folder / "study")],
    ):
        if main(words):
            sys.exit(1)
    before, after = (encode_crop(np.asarray(picture.convert("L"))[:256, :256]) for picture in (soft, sharp))
    scores = {"input": {"psnr": 30.0}, "balanced": {"psnr": 31.0}}
    crops = [
        Crop("a.png", "h264-x2", -1.0 if worst else 1.0, worst, 1, scores, before, after, after, 256, 256)
        for worst in (False, True)
    ]
    summary = usual()
    for row in summary["rows"].values():  # failures are shown in tinted cells, too
        if row["core"]:
            row["core"]["failed"] = row["conditions"]["h264-x2"]["failed"] = 3
    (folder / "callbench.html").write_text(html_report(summary, crops), encoding="utf-8")


if __name__ == "__main__":
    sys.stdout = sys.stderr = io.TextIOWrapper(sys.stderr.buffer, write_through=True)
    write(Path(sys.argv[1]))
