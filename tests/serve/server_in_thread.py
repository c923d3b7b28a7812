"""A server in a thread of this process, and calls from a real browser to it."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import uvicorn
from numbered_clip import body, number_of
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from crispen.media.plane_layout import samples
from crispen.serve.aiortc_private import gather_only_on
from crispen.serve.guards.allowed_networks import AllowedNetworks
from crispen.serve.limits import Limits
from crispen.serve.server import listen, uvicorn_config
from crispen.serve.sessions import SessionManager


@dataclass
class FrameRecorder:
    """Luma of the frames that the server handled while `on`, by frame number, before and after sharpening."""

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
    sessions: SessionManager
    recorder: FrameRecorder
    loop: asyncio.AbstractEventLoop

    def run(self, coroutine):
        """Runs a coroutine in the server's event loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)


@contextmanager
def serving(
    limits: Limits | None = None, token: str = "", hosts: tuple[str, ...] = ("127.0.0.1",),
    networks: AllowedNetworks | None = None, ice_servers: Sequence[Any] = (),
) -> Iterator[Server]:  # fmt: skip
    """A server on a free port of loopback; networks: where candidates are tried, by default loopback."""
    gather_only_on("127.0.0.1")
    recorder = FrameRecorder()
    networks = networks or AllowedNetworks(["127.0.0.0/8"], public=False)
    sessions = SessionManager(limits or Limits(), ice_servers, threads=2, networks=networks, observer=recorder)
    loops: list[asyncio.AbstractEventLoop] = []
    with listen("127.0.0.1", 0) as socket:
        server = uvicorn.Server(uvicorn_config(sessions, token, hosts))

        async def run() -> None:
            loops.append(asyncio.get_running_loop())
            await server.serve([socket])

        thread = threading.Thread(target=lambda: asyncio.run(run()))
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive()
                thread.join(0.02)
            yield Server(f"http://127.0.0.1:{socket.getsockname()[1]}", sessions, recorder, loops[0])
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
    """Starts a call with a camera of `size` at `bitrate` bit/s, scaled down by `scale`.

    In the browser, `track` is the received track, `state()` the server's statistics and `where` the session's URL.
    """
    browser.open(f"{url}/healthz")
    browser.run(CALL % (*size, bitrate, scale, query))
    browser.wait("pc.connectionState === 'connected'")


def received_frames(browser, frames: int) -> dict[int, np.ndarray]:
    """Luma of the next frames that the browser decodes, by frame number."""
    (width, height), text = browser.run(READ % frames)
    planes = np.frombuffer(base64.b64decode(text), np.uint8).reshape(-1, height, width)
    return {number: plane for plane in planes if (number := number_of(plane)) is not None}


def quality(planes: dict[int, np.ndarray], clip) -> tuple[float, float]:
    """Mean PSNR and SSIM of luma against the frames of `clip` with the same numbers."""
    pairs = [(body(clip[number][0]), body(plane)) for number, plane in planes.items()]
    return (
        float(np.mean([peak_signal_noise_ratio(*pair) for pair in pairs])),
        float(np.mean([structural_similarity(*pair) for pair in pairs])),
    )
