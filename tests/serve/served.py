"""A server in a thread of this process, and calls of a real browser to it."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import uvicorn
from clip import body, number_of
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from crispen.media.plane_layout import samples
from crispen.serve.event_log import Journal
from crispen.serve.guards.networks import Networks
from crispen.serve.limits import Limits
from crispen.serve.server import configured, listen, media_on
from crispen.serve.sessions import House


@dataclass
class Seen:
    """What went through the server while `on`: number of the frame -> luma, before and after."""

    on: bool = False
    before: dict[int, np.ndarray] = field(default_factory=dict)
    after: dict[int, np.ndarray] = field(default_factory=dict)

    def __call__(self, before, after) -> None:
        if self.on:
            planes = [samples(frame, 0).copy() for frame in (before, after)]
            number = number_of(planes[0])
            if number is not None:
                self.before[number], self.after[number] = planes


@dataclass
class Server:
    url: str
    house: House
    seen: Seen
    loop: asyncio.AbstractEventLoop

    def run(self, coroutine):
        """In the server's own loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)


@contextmanager
def serving(
    limits: Limits | None = None, token: str = "", hosts: tuple[str, ...] = ("127.0.0.1",),
    networks: Networks | None = None,
) -> Iterator[Server]:  # fmt: skip
    """Listens on loopback, at a free port; networks: where peers are looked for, on loopback by default."""
    media_on("127.0.0.1")
    seen = Seen()
    networks = networks or Networks(["127.0.0.0/8"], public=False)
    house = House(limits or Limits(), Journal(None), threads=2, networks=networks, watch=seen)
    loops: list[asyncio.AbstractEventLoop] = []
    with listen("127.0.0.1", 0) as socket:
        server = uvicorn.Server(configured(house, token, hosts))

        async def run() -> None:
            loops.append(asyncio.get_running_loop())
            await server.serve([socket])

        thread = threading.Thread(target=lambda: asyncio.run(run()))
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive()
                thread.join(0.02)
            yield Server(f"http://127.0.0.1:{socket.getsockname()[1]}", house, seen, loops[0])
        finally:
            server.should_exit = True
            thread.join(20)
            assert not thread.is_alive()


CALL = """
(async () => {
  const stream = await navigator.mediaDevices.getUserMedia({video: {width: %d, height: %d, frameRate: 30}});
  const pc = window.pc = new RTCPeerConnection();
  const back = new Promise((done) => pc.addEventListener("track", (event) => done(event.track)));
  const sender = pc.addTrack(stream.getVideoTracks()[0], stream);
  await pc.setLocalDescription();
  const wanted = sender.getParameters();
  Object.assign(wanted.encodings[0], {maxBitrate: %d, scaleResolutionDownBy: %g});
  wanted.degradationPreference = "maintain-resolution";
  await sender.setParameters(wanted);
  const headers = {"Content-Type": "application/sdp"};
  const answer = await fetch("/echo?%s", {method: "POST", headers, body: pc.localDescription.sdp});
  window.where = answer.headers.get("Location");
  const sdp = await answer.text();
  if (answer.status !== 201) throw new Error(sdp);
  await pc.setRemoteDescription({type: "answer", sdp});
  window.track = await back;
  const video = document.createElement("video");
  Object.assign(video, {muted: true, srcObject: new MediaStream([track])});
  document.body.replaceChildren(video);
  await video.play();
  window.state = async () => (await fetch(where + "/state")).json();
})()
"""
READ = """
(async () => {
  const reader = new MediaStreamTrackProcessor({track: track.clone()}).readable.getReader();
  const kept = [];
  let size;
  while (!size || kept.length < size[1] * %d) {
    const {value: frame} = await reader.read();
    const buffer = new Uint8Array(frame.allocationSize());
    const [{offset, stride}] = await frame.copyTo(buffer);
    const {width, height} = frame.codedRect;
    size = [width, height];
    for (let y = 0; y < height; y++) kept.push(buffer.slice(offset + y * stride, offset + y * stride + width));
    frame.close();
  }
  reader.cancel();
  const text = await new Promise((done) => {
    const file = new FileReader();
    file.onload = () => done(file.result);
    file.readAsDataURL(new Blob(kept));
  });
  return [size, text.slice(text.indexOf(",") + 1)];
})()
"""


def call(browser, url: str, size: tuple[int, int], bitrate: int, scale: float, query: str) -> None:
    """Begins a call of a camera of `size` at `bitrate` bits a second, scaled down by `scale`.

    The browser's `track` is what comes back, `state()` what the server says, and `where` the session's address.
    """
    browser.open(f"{url}/healthz")
    browser.run(CALL % (*size, bitrate, scale, query))
    browser.wait("pc.connectionState === 'connected'")


def came_back(browser, frames: int) -> dict[int, np.ndarray]:
    """Luma of frames as the browser decoded them, by their numbers."""
    (width, height), text = browser.run(READ % frames)
    planes = np.frombuffer(base64.b64decode(text), np.uint8).reshape(-1, height, width)
    return {number: plane for plane in planes if (number := number_of(plane)) is not None}


def quality(found: dict[int, np.ndarray], clip) -> tuple[float, float]:
    """Mean PSNR and SSIM of luma, each frame with the one of its number."""
    pairs = [(body(clip[number][0]), body(plane)) for number, plane in found.items()]
    return (
        float(np.mean([peak_signal_noise_ratio(*pair) for pair in pairs])),
        float(np.mean([structural_similarity(*pair) for pair in pairs])),
    )
