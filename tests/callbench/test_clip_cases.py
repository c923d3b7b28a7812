from dataclasses import replace

import av
import numpy as np
import pytest

from crispen.callbench.case_builder import build_cases
from crispen.callbench.clip_cases import CLIP_MEASURED, CLIP_SENT, clip
from crispen.callbench.conditions import CLIPS
from crispen.callbench.picture_cases import find_pictures
from crispen.degrade.codecs import transcode
from crispen.degrade.core_conditions import CORE
from crispen.errors import CrispenError


def video(path, frames):
    """A square that wanders over a gradient, 64x48, coded without loss."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", 30)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for index in range(frames):
            y = np.tile(np.arange(40, 168, 2, dtype=np.uint8), (48, 1))
            y[10:26, index % 40 : index % 40 + 16] = 200
            planes = np.concatenate([y.ravel(), np.full(2 * 24 * 32, 128, np.uint8)]).reshape(72, 64)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(planes, "yuv420p")))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    return video(tmp_path_factory.mktemp("clips") / "walk.mkv", CLIP_SENT + 4)


def test_a_videos_frames_are_its_own_and_come_through_the_codec(walk):
    condition = CORE["h264-x2"]
    planes = clip(walk, condition, np.random.default_rng(0))
    truth = planes["truth"].reshape(CLIP_MEASURED, 48, 64)
    with av.open(str(walk)) as container:
        frames = [frame.to_ndarray()[:48] for frame in container.decode(video=0)]
    assert np.array_equal(truth, frames[CLIP_SENT - CLIP_MEASURED : CLIP_SENT])
    assert planes["received"].shape == planes["truth"].shape
    assert planes["decoded"].shape == (CLIP_MEASURED * 24, 32)
    assert planes["keys"] == [0] and planes["frames"] == CLIP_MEASURED


def test_key_frames_are_counted_from_the_first_measured_one(walk):
    condition = CLIPS["h264-x2-keys"]
    every = condition.codec.key_every
    planes = clip(walk, condition, np.random.default_rng(0))
    first = CLIP_SENT - CLIP_MEASURED
    assert planes["keys"] == [0] + [k - first for k in range(CLIP_SENT) if k > first and k % every == 0]
    assert len(planes["keys"]) > 1


def test_a_clip_is_cached_as_a_case_and_split_into_frames(folder, walk, tmp_path):
    stills = find_pictures(folder)
    (name, path) = next(iter(stills.items()))
    wanted = [("walk.mkv", "vp8-x2"), (name, "vp8-x2")]
    cases = build_cases({"walk.mkv": walk, name: path}, wanted, CLIPS, tmp_path, 1, 1, lambda *_: None, clip)
    assert [case.picture for case in cases] == ["walk.mkv", name]
    for case in cases:
        frames = case.input_frames()
        assert len(frames) == CLIP_MEASURED
        assert np.array_equal(np.stack([frame.received for frame in frames]), case.frames("received"))
        assert case.frames("truth").shape == case.frames("received").shape
        assert not np.array_equal(case.frames("truth"), case.frames("received"))
    again = build_cases({"walk.mkv": walk}, wanted[:1], CLIPS, tmp_path / "b", 1, 1, lambda *_: None, clip)
    assert again[0].record["received"]["sha256"] == cases[0].record["received"]["sha256"]


def test_a_short_or_broken_video_is_an_error(tmp_path):
    condition = replace(CLIPS["vp8-x2"])
    with pytest.raises(CrispenError, match=rf"short\.mkv has 5 frames; a clip needs {CLIP_SENT}"):
        clip(video(tmp_path / "short.mkv", 5), condition, np.random.default_rng(0))
    (tmp_path / "broken.mkv").write_bytes(b"no video")
    with pytest.raises(CrispenError, match=r"broken\.mkv cannot be read as a video"):
        clip(tmp_path / "broken.mkv", condition, np.random.default_rng(0))


def test_the_encoder_gets_the_unchanged_frames(walk):
    """Without scaling, noise or blur the received frames are those of the codec alone."""
    condition = replace(CORE["h264-x2"], factor=1.0)
    planes = clip(walk, condition, np.random.default_rng(0))
    from crispen.callbench.clip_cases import _video

    alone = transcode(_video(walk), condition.codec)[CLIP_SENT - CLIP_MEASURED :]
    assert np.array_equal(planes["received"], np.concatenate([frame.y for frame in alone]))
