import json
import subprocess
import sys
from itertools import pairwise

import cv2
import imageio_ffmpeg
import numpy as np
import pytest
from skimage import data

from crispen.errors import CrispenError
from crispen.metrics.vmaf import VMAF_SMALLEST_SIDE, vmaf

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()


@pytest.fixture(scope="module")
def clip():
    """Four frames of a pan over a photograph, (129, 171) uint8 in video range: odd sides, so that chroma is rounded."""
    grey = cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2GRAY)
    video = np.rint(16 + grey * (219 / 255)).astype(np.uint8)
    return [np.ascontiguousarray(video[20 + t : 149 + t, 150 + 2 * t : 321 + 2 * t]) for t in range(4)]


def blurred(clip, sigma):
    return [cv2.GaussianBlur(plane, (0, 0), sigma) for plane in clip]


def ffmpeg(*words, folder):
    subprocess.run([FFMPEG, "-v", "error", "-y", *words], cwd=folder, check=True, timeout=60)


def luma_of_y4m(path):
    """The luma planes of a 4:2:0 YUV4MPEG2 file, read without Crispen's code."""
    header, _, body = path.read_bytes().partition(b"\n")
    width, height = (int(word[1:]) for word in header.split()[1:3])
    size = len(b"FRAME\n") + width * height + 2 * ((width + 1) // 2) * ((height + 1) // 2)
    assert len(body) % size == 0
    return [
        np.frombuffer(body, np.uint8, width * height, start + len(b"FRAME\n")).reshape(height, width)
        for start in range(0, len(body), size)
    ]


def test_it_is_what_the_binary_says_by_hand_of_two_files(tmp_path):
    """FFmpeg's own pattern, in colour and moving; each model in a run of its own."""
    source = "testsrc2=size=173x131:rate=25:duration=0.2,format=yuv420p"
    ffmpeg("-f", "lavfi", "-i", source, "truth.y4m", folder=tmp_path)
    ffmpeg("-f", "lavfi", "-i", source + ",gblur=sigma=1.2,unsharp=5:5:0.8", "output.y4m", folder=tmp_path)
    truth, output = (luma_of_y4m(tmp_path / f"{name}.y4m") for name in ("truth", "output"))
    assert len(truth) == len(output) == 5
    scores = vmaf(truth, output)
    for key, model in (("vmaf", "vmaf_v0.6.1"), ("vmaf_neg", "vmaf_v0.6.1neg")):
        graph = f"libvmaf=log_fmt=json:log_path={key}.json:model=version={model}"
        ffmpeg("-i", "output.y4m", "-i", "truth.y4m", "-lavfi", graph, "-f", "null", "-", folder=tmp_path)
        said = json.loads((tmp_path / f"{key}.json").read_text())
        assert 20 < said["pooled_metrics"]["vmaf"]["mean"] < 95
        assert scores[key] == pytest.approx(said["pooled_metrics"]["vmaf"]["mean"], abs=1e-4)
        assert scores[key + "_frames"] == pytest.approx(
            [frame["metrics"]["vmaf"] for frame in said["frames"]], abs=1e-4
        )


def test_truth_and_output_are_not_mistaken_for_each_other(clip):
    """Sharper than the truth scores high, softer low, so the order matters."""
    soft = blurred(clip, 1.5)
    assert vmaf(clip, soft)["vmaf"] < 70 < 95 < vmaf(soft, clip)["vmaf"]


def test_equal_clips_score_nearly_100_and_blur_costs_the_more_the_stronger(clip):
    scores = [vmaf(clip, blurred(clip, sigma) if sigma else clip) for sigma in (0, 0.7, 1.2, 2.5)]
    for key in ("vmaf", "vmaf_neg"):
        falling = [score[key] for score in scores]
        assert 95 < falling[0] <= 100
        assert all(after < before - 5 for before, after in pairwise(falling))


def test_sharpening_pays_more_in_vmaf_than_in_neg(clip):
    soft = blurred(clip, 1.0)
    sharp = [
        cv2.addWeighted(plane, 2, cv2.GaussianBlur(plane, (0, 0), 1.5), -1, 0) for plane in soft
    ]  # an unsharp mask of amount 1
    before, after = vmaf(clip, soft), vmaf(clip, sharp)
    assert after["vmaf"] - before["vmaf"] > after["vmaf_neg"] - before["vmaf_neg"] + 3


def test_every_frame_has_its_score_in_its_place_and_the_mean_is_theirs(clip):
    output = [*clip[:2], *blurred(clip[2:3], 3), clip[3]]
    scores = vmaf(iter(clip), iter(output), threads=1)
    for key in ("vmaf", "vmaf_neg"):
        frames = scores[key + "_frames"]
        assert len(frames) == 4
        assert min(frames) == frames[2] < 50 < 95 < min(frames[0], frames[1], frames[3])
        assert scores[key] == pytest.approx(sum(frames) / 4)


def test_the_least_size_works_and_less_is_refused():
    rng = np.random.default_rng(0)
    planes = rng.integers(16, 236, (2, VMAF_SMALLEST_SIDE, VMAF_SMALLEST_SIDE)).astype(np.uint8)
    assert vmaf(planes, planes)["vmaf"] > 80
    with pytest.raises(ValueError, match="32"):
        vmaf(planes[:, 1:], planes[:, 1:])


@pytest.mark.parametrize(
    "other",
    [
        [],
        [np.zeros((40, 40), np.uint8)],
        [np.zeros((40, 40), np.uint8), np.zeros((40, 42), np.uint8)],
        [np.zeros((40, 40), np.uint8), np.zeros((40, 40), np.float32)],
    ],
)
def test_clips_that_cannot_be_compared_are_refused(other):
    with pytest.raises(ValueError):
        vmaf([np.zeros((40, 40), np.uint8)] * 2, other)


def test_frames_of_a_clip_have_one_shape_and_there_is_at_least_one():
    planes = [np.zeros((40, 40), np.uint8), np.zeros((42, 40), np.uint8)]
    with pytest.raises(ValueError, match="one shape"):
        vmaf(planes, planes)
    with pytest.raises(ValueError, match="one frame"):
        vmaf([], [])


def fake(tmp_path, script):
    binary = tmp_path / "ffmpeg"
    binary.write_text("#!/bin/sh\n" + script)
    binary.chmod(0o755)
    return str(binary)


@pytest.mark.parametrize(
    ("script", "line"),
    [
        (
            "echo \"[g @ 0x1] No such filter: 'libvmaf'\" >&2; echo Error >&2; exit 8",
            r"has no libvmaf; run: pip install",
        ),
        ("cat >/dev/null; echo first >&2; echo 'disk is full' >&2; exit 3", r"first; disk is full \(exit status 3"),
        ("kill -SEGV $$", r"FFmpeg said nothing \(exit status -11"),
        ("cat >/dev/null; echo '{\"frames\": []}' > scores.json", r"scored 0 frames of 40"),
    ],
)
def test_a_binary_that_fails_is_told_in_one_line(tmp_path, script, line):
    planes = np.zeros((40, 64, 64), np.uint8)  # more than a pipe holds
    with pytest.raises(CrispenError, match=line) as caught:
        vmaf(planes, planes, ffmpeg=fake(tmp_path, script))
    assert "\n" not in str(caught.value)


def test_what_is_missing_is_named(tmp_path, monkeypatch):
    planes = np.zeros((1, 40, 40), np.uint8)
    with pytest.raises(CrispenError, match=r"cannot be run .*pip install 'crispen\[eval\]'"):
        vmaf(planes, planes, ffmpeg=str(tmp_path / "nowhere"))

    def nothing_there():
        raise RuntimeError("No ffmpeg exe could be found.")

    monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", nothing_there)
    with pytest.raises(CrispenError, match=r"no FFmpeg for VMAF .*pip install 'crispen\[eval\]'"):
        vmaf(planes, planes)
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(CrispenError, match=r"imageio_ffmpeg is not installed; run: pip install 'crispen\[eval\]'"):
        vmaf(planes, planes)
