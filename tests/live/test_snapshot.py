"""Snapshots of a live session."""

import time

import numpy as np
import pytest
from clips import flat
from PIL import Image

from crispen.errors import CrispenError
from crispen.live.snapshot import save_snapshot


def test_a_snapshot_is_the_picture_and_never_replaces_one(tmp_path, monkeypatch):
    monkeypatch.setattr(time, "strftime", lambda pattern: "crispen-20260102-030405")
    (tmp_path / "crispen-20260102-030405.png").write_text("mine")
    paths = [save_snapshot(flat(64, 48, level), tmp_path) for level in (16, 235)]
    assert [path.name for path in paths] == ["crispen-20260102-030405-2.png", "crispen-20260102-030405-3.png"]
    assert (tmp_path / "crispen-20260102-030405.png").read_text() == "mine"
    for path, level in zip(paths, (0, 255), strict=True):
        assert abs(np.asarray(Image.open(path)).astype(int) - level).max() <= 1


def test_a_snapshot_that_can_not_be_written_is_one_line(tmp_path):
    with pytest.raises(CrispenError, match="cannot write"):
        save_snapshot(flat(64, 48, 16), tmp_path / "none")
