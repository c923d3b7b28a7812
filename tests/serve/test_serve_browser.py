"""A call of a real browser: Chromium sends a clip as its camera at a call's bitrate, and receives it sharpened."""

import shutil
import time

import pytest

pytest.importorskip("aiortc")
pytest.importorskip("websockets")

from aiortc import RTCIceServer
from browser import PROGRAM, Browser
from numbered_clip import HEIGHT, WIDTH, portrait, write_camera
from server_in_thread import call, quality, received_frames, serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(PROGRAM is None, reason="Debian's chromium is not installed"),
]
TOKEN = "the-token-of-this-test"


@pytest.fixture(scope="module")
def clip():
    return portrait()


@pytest.fixture(scope="module")
def camera(clip, tmp_path_factory):
    path = tmp_path_factory.mktemp("camera") / "camera.y4m"
    write_camera(path, clip)
    yield path
    shutil.rmtree(path.parent, ignore_errors=True)


def test_sharpened_video_is_closer_to_the_camera_than_received_video(clip, camera):
    with serving() as server, Browser(camera) as browser:
        call(browser, server.url, (WIDTH, HEIGHT), bitrate=300_000, scale=2, query="height=360&bitrate=4000000")
        time.sleep(4)  # until the sender's bitrate has settled
        server.recorder.on = True
        back = received_frames(browser, 45)
        server.recorder.on = False
        state = browser.run("state()")
        assert (state["width"], state["height"]) == (240, 180)
        assert (state["sent_width"], state["sent_height"]) == (480, 360)
        assert 50_000 < state["bitrate_in"] < 400_000  # that of a call
        assert len(back) > 20 and len(server.recorder.before) > 20
        before, after = server.recorder.before, server.recorder.after
        # On a busy machine some frames are not sharpened, and the browser lowers the bitrate of what it receives.
        same = [number for number in before.keys() & back.keys() if (before[number] != after[number]).any()]
        assert len(same) > 5
        received, sharpened, returned = (
            quality({number: found[number] for number in same}, clip) for found in (before, after, back)
        )
        print(f"received {received}, sharpened {sharpened}, returned {returned}; {state}")
        assert sharpened[0] > received[0] + 0.4 and sharpened[1] > received[1] + 0.005
        assert returned[0] > received[0]  # it is compressed once more
        assert 0 < state["sharpened"] <= 1 and state["added_ms"]["p95"] >= state["added_ms"]["p50"] > 0
        assert browser.run("fetch(where, {method: 'DELETE'}).then((answer) => answer.status)") == 200


def shows(browser, name: str) -> str:
    return browser.run(f"document.getElementById('n-{name}').textContent")


def test_the_page_makes_a_call_and_shows_its_statistics(camera):
    with serving(token=TOKEN) as server, Browser(camera) as browser:
        browser.open(f"{server.url}/#token={TOKEN}")
        assert browser.run("location.hash") == ""  # the token is removed from the address bar
        browser.run("document.getElementById('camera').focus()")
        browser.call("Input.dispatchKeyEvent", type="keyDown", key="Enter", windowsVirtualKeyCode=13, text="\r")
        browser.wait("document.getElementById('status').textContent === 'connected'")
        browser.wait("document.getElementById('n-back').textContent === '480 × 360'")
        browser.wait("document.getElementById('n-size').textContent === '240 × 180'")
        browser.wait("!document.getElementById('divider').hidden")
        assert shows(browser, "added").endswith(" ms") and shows(browser, "rate").endswith("bit/s")
        browser.run("document.getElementById('divider').focus()")
        for _ in range(2):
            browser.call("Input.dispatchKeyEvent", type="keyDown", key="PageUp", windowsVirtualKeyCode=33)
        (session,) = server.sessions.sessions.values()
        until(lambda: session.publisher.settings.split == pytest.approx(0.7))
        choose = (
            "const box = document.getElementById('model'); box.value = 'fast'; box.dispatchEvent(new Event('input'))"
        )
        browser.run(f"(() => {{ {choose} }})()")
        until(lambda: session.publisher.settings.model == "fast")
        browser.run("document.getElementById('stop').click()")
        until(lambda: not server.sessions.sessions)
        wrong = [each for each in browser.said if "exception" in each or '"level": "error"' in each]
        assert not wrong  # includes styles, scripts and requests that the CSP blocks


def test_the_page_uses_the_ice_servers_of_the_server(camera):
    spy = """
    const set = RTCPeerConnection.prototype.setConfiguration;
    RTCPeerConnection.prototype.setConfiguration = function (given) {
      set.call(this, given);
      window.used = this.getConfiguration().iceServers.map((each) => [each.urls, each.username, each.credential]);
    };"""
    servers = [RTCIceServer("stun:127.0.0.1:9"), RTCIceServer("turn:127.0.0.1:9", "me", "secret")]
    with serving(token=TOKEN, ice_servers=servers) as server, Browser(camera) as browser:
        browser.call("Page.addScriptToEvaluateOnNewDocument", source=spy)
        browser.open(f"{server.url}/#token={TOKEN}")
        browser.run("document.getElementById('camera').click()")
        browser.wait("window.used")
        used = [[[urls] if isinstance(urls, str) else urls, *rest] for urls, *rest in browser.run("window.used")]
        assert used == [[["stun:127.0.0.1:9"], "", ""], [["turn:127.0.0.1:9"], "me", "secret"]]


def test_a_room_of_two_browsers(camera):
    with serving() as server, Browser(camera) as first, Browser(camera) as second:
        for browser in (first, second):
            browser.open(server.url)
            browser.run("document.getElementById('room').value = 'kitchen'; document.getElementById('camera').click()")
        playing = "[...document.querySelectorAll('#others video')].filter((video) => video.videoWidth > 0).length === 1"
        for browser in (first, second):
            browser.wait(playing)
        assert server.sessions.counts()["whip"] == 2
        first.run("document.getElementById('stop').click()")
        second.wait("document.getElementById('others').hidden")


def until(holds, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)
