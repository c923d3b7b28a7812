"""A real window on a virtual screen (Xvfb), and its contents."""

import os
import shutil
import subprocess
import sys
import time

import av
import numpy as np
import pytest

from crispen.errors import CrispenError
from crispen.media.plane_layout import samples

sdl = pytest.importorskip("sdl2")
pytestmark = pytest.mark.skipif(not shutil.which("Xvfb"), reason="needs Xvfb")
WIDTH, HEIGHT = 160, 120


@pytest.fixture(scope="module")
def screen():
    """The name of a display of 320x240 that nobody else draws on."""
    ours, theirs = os.pipe()
    words = ["Xvfb", "-displayfd", str(theirs), "-screen", "0", "320x240x24", "-nolisten", "tcp", "-noreset"]
    with subprocess.Popen(words, pass_fds=[theirs], stderr=subprocess.DEVNULL) as running:
        os.close(theirs)
        with os.fdopen(ours) as number:
            yield f":{number.readline().strip()}"
        running.terminate()


@pytest.fixture
def display(screen, monkeypatch):
    monkeypatch.setenv("DISPLAY", screen)
    monkeypatch.setenv("SDL_VIDEODRIVER", "x11")
    return screen


def photograph(display):
    """The whole screen, (240, 320, 3) uint8, by FFmpeg."""
    with av.open(display, format="x11grab", options={"video_size": "320x240", "draw_mouse": "0"}) as shot:
        return next(shot.decode(video=0)).to_ndarray(format="rgb24")


def halves(colorspace=5):
    """Red left, blue right, by BT.601 or what AVColorSpace says, in the range of video."""
    frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
    red, blue = ((63, 102, 240), (32, 240, 118)) if colorspace == 1 else ((81, 90, 240), (41, 240, 110))
    for index in range(3):
        plane = samples(frame, index)
        plane[:, : plane.shape[1] // 2], plane[:, plane.shape[1] // 2 :] = red[index], blue[index]
    frame.colorspace = colorspace
    return frame


def seen(display, window):
    """Colours in the middle of the window's left and right halves, once it is drawn."""
    middle = photograph(display)[120]
    shown = np.flatnonzero(middle.max(axis=1) > 100)
    assert len(shown) == window.width, "the picture is not as wide as the window"
    return middle[shown[0] + 20].astype(int), middle[shown[-1] - 20].astype(int)


@pytest.mark.parametrize("colorspace", [5, 1])
@pytest.mark.parametrize("mirror", [False, True])
def test_it_shows_the_picture_in_its_colours_mirrored_if_asked(mirror, colorspace, display):
    from crispen.live.window import Window

    frame = halves(colorspace)
    before = frame.to_ndarray()
    window = Window("test", WIDTH, HEIGHT, mirror)
    try:
        for _ in range(3):
            window.show(frame)
            window.pressed()
            time.sleep(0.05)
        colours = seen(display, window)
    finally:
        window.close()
    left, right = colours[::-1] if mirror else colours
    assert abs(left - (255, 0, 0)).max() <= 12 and abs(right - (0, 0, 255)).max() <= 12
    assert np.array_equal(frame.to_ndarray(), before)  # what is sent stays


def test_keys_and_the_mouse_are_heard(display):
    from crispen.live.window import Window

    def happens(kind, **values):
        event = sdl.SDL_Event()
        event.type = kind
        for name, value in values.items():
            part, _, inner = name.partition("__")
            target = getattr(event, part)
            for step in inner.split("__")[:-1]:
                target = getattr(target, step)
            setattr(target, inner.split("__")[-1], value)
        sdl.SDL_PushEvent(event)

    for mirror, wanted in ((False, 0.25), (True, 0.75)):
        window = Window("test", WIDTH, HEIGHT, mirror)
        try:
            window.pressed()  # what comes with opening
            happens(sdl.SDL_TEXTINPUT, text__text=b"+")
            happens(sdl.SDL_KEYDOWN, key__keysym__sym=sdl.SDLK_LEFT)
            happens(sdl.SDL_KEYDOWN, key__keysym__sym=sdl.SDLK_ESCAPE)
            assert window.pressed() == ["+", "left", "q"] and window.divider is None
            happens(sdl.SDL_MOUSEBUTTONDOWN, button__button=sdl.SDL_BUTTON_LEFT, button__x=40)
            assert window.pressed() == [] and window.divider == pytest.approx(wanted, abs=0.01)
            happens(sdl.SDL_QUIT)
            assert window.pressed() == ["q"] and window.divider is None
        finally:
            window.close()


def test_a_call_in_a_window_may_be_mirrored_and_sent_as_it_is(display, tmp_path):
    """`crispen live` as a user runs it, photographed while it runs."""
    with av.open(str(tmp_path / "in.mkv"), "w") as file:
        stream = file.add_stream("ffv1", rate=10)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number in range(10):
            frame = halves()
            frame.pts, frame.pict_type = number, 0
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    program = "import sys; from crispen.apps.cli import main; sys.exit(main(sys.argv[1:]))"
    words = ["in.mkv", "window", "out.y4m", "--loop", "--mirror", "--split", "--model", "fast"]
    with subprocess.Popen([sys.executable, "-c", program, "live", *words], cwd=tmp_path) as running:
        end, found = time.monotonic() + 60, False
        while not found and time.monotonic() < end:
            time.sleep(0.2)
            row = photograph(display)[120].astype(int)
            found = abs(row[100] - (0, 0, 255)).max() <= 12 and abs(row[220] - (255, 0, 0)).max() <= 12
            divider = row[156:164].min(axis=1).max()
        running.terminate()
        assert running.wait(60) == 0
    assert found and divider > 180  # a white line between blue left and red right
    from crispen.video.y4m import Y4mReader

    with open(tmp_path / "out.y4m", "rb") as file:
        first = next(iter(Y4mReader(file.fileno())))
    assert abs(samples(first, 0)[:, :70].astype(int) - 81).max() <= 2  # red is left in what is sent


def test_without_a_screen_it_says_so(monkeypatch):
    from crispen.live.window import Window

    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    with pytest.raises(CrispenError, match="without a screen"):
        Window("test", WIDTH, HEIGHT)
