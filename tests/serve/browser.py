"""A headless Chromium whose camera is a file, controlled over the DevTools protocol."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from websockets.sync.client import connect

PROGRAM = next((path for path in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if path), None)


class Browser:
    """One page. camera: a YUV4MPEG2 file, played in a loop."""

    def __init__(self, camera: Path | None = None, size: tuple[int, int] = (1280, 900)):
        assert PROGRAM
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        words = [
            PROGRAM, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", "--no-first-run",
            f"--user-data-dir={self._folder.name}", "--use-fake-ui-for-media-stream", "--mute-audio",
            "--use-fake-device-for-media-stream", "--autoplay-policy=no-user-gesture-required",
            "--disable-background-networking", "--disable-component-update", "--hide-scrollbars",
            f"--window-size={size[0]},{size[1]}", *([f"--use-file-for-fake-video-capture={camera}"] if camera else []),
            "about:blank",
        ]  # fmt: skip
        self._log = open(Path(self._folder.name) / "log", "w+b")  # noqa: SIM115
        self._process = subprocess.Popen(words, stdout=self._log, stderr=self._log)
        try:
            port = self._port()
            request = urllib.request.Request(f"http://127.0.0.1:{port}/json/new?about:blank", method="PUT")
            with urllib.request.urlopen(request, timeout=10) as answer:
                where = json.load(answer)["webSocketDebuggerUrl"]
            self._stack, self._number = ExitStack(), 0
            self._socket = self._stack.enter_context(connect(where, max_size=None, open_timeout=10))
            self.said: list[str] = []
            self.call("Runtime.enable")
            self.call("Page.enable")
            self.call("Log.enable")
        except BaseException:
            self.close()
            raise

    def _port(self) -> int:
        for _ in range(300):
            time.sleep(0.1)
            found = re.search(r"DevTools listening on ws://[^:]+:(\d+)/", (Path(self._folder.name) / "log").read_text())
            if found:
                return int(found[1])
        raise TimeoutError((Path(self._folder.name) / "log").read_text()[-2000:])

    def call(self, method: str, **parameters) -> dict:
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._socket.recv(timeout=60))
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]
            if answer.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled"):
                self.said.append(json.dumps(answer["params"]))

    def open(self, address: str) -> None:
        self.call("Page.navigate", url=address)
        self.wait("document.readyState === 'complete' && location.href !== 'about:blank'")

    def run(self, code: str):
        """Evaluates an expression, awaits it and returns its value."""
        found = self.call("Runtime.evaluate", expression=code, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def wait(self, code: str, seconds: float = 20) -> None:
        """Waits until an expression is true."""
        until = time.monotonic() + seconds
        while not self.run(code):
            assert time.monotonic() < until, f"timed out: {code}; {self.said}"
            time.sleep(0.1)

    def photograph(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def close(self) -> None:
        if hasattr(self, "_stack"):
            self._stack.close()
        self._process.terminate()
        self._process.wait(10)
        self._log.close()
        self._folder.cleanup()

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_) -> None:
        self.close()
