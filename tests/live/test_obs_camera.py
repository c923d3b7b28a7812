"""The virtual camera of macOS and Windows, on a fake of pyvirtualcam, which is no dependency."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from clips import picture

from crispen.errors import CrispenError
from crispen.live.obs_camera import ObsCamera


def test_it_is_given_the_planes_one_after_the_other(monkeypatch):
    made, sent = [], []

    def camera(width, height, fps, *, fmt):
        made.append((width, height, fps, fmt))
        return SimpleNamespace(send=sent.append, close=lambda: made.append("closed"))

    fake = SimpleNamespace(Camera=camera, PixelFormat=SimpleNamespace(I420="i420"))
    monkeypatch.setitem(sys.modules, "pyvirtualcam", fake)
    sink, frame = ObsCamera(64, 48, 30.0), picture(2, 64, 48)
    sink.write(frame)
    sink.close()
    assert made == [(64, 48, 30.0, "i420"), "closed"]
    assert np.array_equal(sent[0].reshape(72, 64), frame.to_ndarray())


def test_without_obs_it_says_what_to_install(monkeypatch):
    def refuse(*args, **options):
        raise RuntimeError("'obs' backend: virtual camera\nnot found")

    fake = SimpleNamespace(Camera=refuse, PixelFormat=SimpleNamespace(I420="i420"))
    monkeypatch.setitem(sys.modules, "pyvirtualcam", fake)
    with pytest.raises(CrispenError, match="install OBS") as raised:
        ObsCamera(64, 48, 30.0)
    assert "\n" not in str(raised.value)


def test_without_the_package_it_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)
    with pytest.raises(CrispenError, match=r"pip install 'crispen\[virtualcam\]'"):
        ObsCamera(64, 48, 30.0)
