"""Makes the pictures of callbench/pictures/text again: `python render.py OUT`, with Debian's chromium and the fonts of
callbench/README.md. Writes NAME.webp (lossless) and NAME.txt, the words that it shows."""

import html.parser
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

PAGES = Path(__file__).with_name("pages")
FLAGS = "--headless --no-sandbox --hide-scrollbars --disable-lcd-text --force-device-scale-factor=1 --disable-gpu"
TREES = ("Boskoop", "Braeburn", "Cox Orange", "Elstar", "Gala", "Gloster", "Golden Pear", "Jonagold", "Mirabelle",
         "Quince", "Reinette", "Rubinette", "Santana", "Topaz", "Williams")  # fmt: skip
MARKETS = ("Harbour market", "Old town", "School kitchen", "Cider press", "Farm gate", "Wholesale", "Bakery")


def chart() -> str:
    """Two lines of a day's flow over a grid."""
    rng = random.Random(7)
    lines = []
    for colour, level in (("#4da3ff", 150), ("#f0b64d", 220)):
        y, points = level, []
        for x in range(50, 1390, 6):
            y = max(30, min(300, y + rng.uniform(-14, 14) + (level - y) * 0.06))
            points.append(f"{x},{y:.1f}")
        lines.append(f'<polyline fill="none" stroke="{colour}" stroke-width="1.6" points="{" ".join(points)}"/>')
    grid = "".join(
        f'<line x1="50" x2="1390" y1="{y}" y2="{y}" stroke="#263145"/><text x="8" y="{y + 4}">{620 - 2 * y}</text>'
        for y in range(30, 331, 50)
    )
    hours = "".join(f'<text x="{50 + 111 * k}" y="356">{2 * k:02}:00</text>' for k in range(13))
    return f'<svg width="1400" height="370">{grid}{"".join(lines)}{hours}</svg>'


def table() -> str:
    """Forty rows of made-up sales."""
    rng = random.Random(11)
    heads = ["", *"ABCDEFGHIJKL"]
    rows = ["<tr>" + "".join(f"<th>{head}</th>" for head in heads) + "</tr>"]
    names = (
        "Date",
        "Tree",
        "Buyer",
        "Crates",
        "Price",
        "Amount",
        "Weight",
        "Sugar",
        "Sorted",
        "Driver",
        "Paid",
        "Note",
    )
    rows.append("<tr><th>1</th>" + "".join(f"<td><b>{name}</b></td>" for name in names) + "</tr>")
    for number in range(2, 44):
        crates, price = rng.randint(3, 96), rng.randint(640, 2890) / 100
        cells = [f"{rng.randint(1, 28):02}.{rng.randint(8, 11):02}.2025", rng.choice(TREES), rng.choice(MARKETS)]
        numbers = [
            f"{crates}",
            f"{price:.2f}",
            f"{crates * price:,.2f}",
            f"{crates * 12.5:.1f}",
            f"{rng.uniform(9, 16):.1f}",
        ]
        rest = [rng.choice(("by hand", "machine", "twice")), rng.choice(("Ada", "Jonas", "Mirko", "Ruth"))]
        rest += [
            rng.choice(("yes", "yes", "open", "in part")),
            rng.choice(("", "", "hail", "late frost", "gift", "returned")),
        ]
        tds = "".join(f"<td>{c}</td>" for c in cells) + "".join(f'<td class="n">{c}</td>' for c in numbers)
        rows.append(f"<tr><th>{number}</th>{tds}" + "".join(f"<td>{c}</td>" for c in rest) + "</tr>")
    return f"<table>{''.join(rows)}</table>"


class Words(html.parser.HTMLParser):
    """The text of a page in reading order."""

    def __init__(self):
        super().__init__()
        self.text, self._skip = [], 0

    def handle_starttag(self, tag, _):
        self._skip += tag in ("style", "title")

    def handle_endtag(self, tag):
        self._skip -= tag in ("style", "title")

    def handle_data(self, data):
        if not self._skip:
            self.text.append(data)


def render(page: Path, out: Path) -> None:
    text = page.read_text().replace("@@CHART@@", chart()).replace("@@TABLE@@", table())
    width, height = map(int, text.split("<title>")[1].split("<")[0].split("x"))
    with tempfile.TemporaryDirectory() as folder:
        source, shot = Path(folder) / "page.html", Path(folder) / "shot.png"
        source.write_text(text)
        size = f"--window-size={width},{height + 120}"  # headless windows have a frame; the surplus is cut off
        subprocess.run(["chromium", *FLAGS.split(), size, f"--screenshot={shot}", source.as_uri()], check=True,
                       stderr=subprocess.DEVNULL)  # fmt: skip
        picture = Image.open(shot).convert("RGB").crop((0, 0, width, height))
    picture.save(out / f"{page.stem}.webp", lossless=True, quality=100, method=6)
    words = Words()
    words.feed(text)
    (out / f"{page.stem}.txt").write_text(" ".join(" ".join(words.text).split()) + "\n")


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    for page in sorted(PAGES.glob("*.html")):
        render(page, target)
        print(page.stem)
