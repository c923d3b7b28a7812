"""Makes the pictures of callbench/pictures/games again: `python render_scenes.py THREE OUT`, with Debian's chromium.

THREE is the folder node_modules/three of `npm install three@0.187`. Chromium draws in software, by SwiftShader.
"""

import subprocess
import sys
import tempfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from PIL import Image

SCENES = {"forest": (1920, 1080), "dungeon": (1920, 1080), "city": (1280, 720), "desert": (1280, 720)}
FLAGS = "--headless --no-sandbox --hide-scrollbars --force-device-scale-factor=1 --use-gl=angle --use-angle=swiftshader"
FLAGS += " --enable-unsafe-swiftshader --virtual-time-budget=60000 --timeout=200000"
LOSSLESS = 700_000  # bytes up to which a picture stays lossless


def serve(three: Path) -> int:
    """The port of a server on loopback with the scenes at / and three.js at /three."""
    folder = Path(tempfile.mkdtemp())
    (folder / "scenes.html").symlink_to(Path(__file__).with_name("scenes") / "scenes.html")
    (folder / "three").symlink_to(three.resolve())
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def main(three: Path, out: Path) -> None:
    port = serve(three)
    out.mkdir(parents=True, exist_ok=True)
    for name, (width, height) in SCENES.items():
        with tempfile.TemporaryDirectory() as folder:
            shot = Path(folder) / "shot.png"
            address = f"http://127.0.0.1:{port}/scenes.html#{name},{width},{height}"
            size = f"--window-size={width},{height + 120}"
            subprocess.run(["chromium", *FLAGS.split(), size, f"--screenshot={shot}", address], check=True)
            picture = Image.open(shot).convert("RGB").crop((0, 0, width, height))
        path = out / f"{name}.webp"
        picture.save(path, lossless=True, quality=100, method=6)
        if path.stat().st_size > LOSSLESS:
            picture.save(path, quality=96, method=6)
        print(name, path.stat().st_size)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
