import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut, chelsea

from crispen.data.pair_builder import BuildConfig, build
from crispen.data.scene import Scene, draw_scene
from crispen.degrade.camera_shake import Shake
from crispen.degrade.codecs import Codec
from crispen.degrade.condition import Condition, receive
from crispen.degrade.exposure import ExposureDrift
from crispen.degrade.softening import Softening
from crispen.degrade.training_mix import Extras
from crispen.errors import CrispenError
from crispen.frame import frame_from_rgb

CONFIG = BuildConfig(clips=8, validation_clips=1, region=(128, 256), clips_per_shard=8, seed=5, held_out=("cat*",))


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, rgb in (("cat", chelsea()), ("a", astronaut()), ("b", astronaut()[::-1])):
        Image.fromarray(np.ascontiguousarray(rgb[:256, :384])).save(folder / f"{name}.png")
    return folder


def rows_of(folder):
    return [json.loads(line) for line in (folder / "train/00000.jsonl").read_text().splitlines()]


def test_every_clip_has_a_camera_and_every_coded_one_a_person(pictures, tmp_path):
    for name, extras in (("plain", Extras()), ("more", Extras(camera=1.0, person=1.0))):
        config = replace(CONFIG, extras=extras, families=("clean", "codec"))
        build([pictures], tmp_path / name, config, jobs=1, report=lambda line: None)
    plain, more = rows_of(tmp_path / "plain"), rows_of(tmp_path / "more")
    assert not any("camera" in row or "person" in row for row in plain)
    assert all("camera" in row for row in more)
    assert all(("person" in row) == (row["family"] == "codec") for row in more)
    shared = [{key: row[key] for key in ("source", "family", "clip", "condition")} for row in more]
    assert shared == [{key: row[key] for key in shared[0]} for row in plain]
    truths = [np.load(tmp_path / name / "train/00000.npy")[:, 1] for name in ("plain", "more")]
    assert all(not np.array_equal(a, b) for a, b in zip(*truths, strict=True))


def test_a_clean_clip_of_a_camera_is_its_own_truth(pictures, tmp_path):
    """Without a codec nothing degrades the camera's picture, so received and truth are equal."""
    config = replace(CONFIG, extras=Extras(camera=1.0), families=("clean",))
    build([pictures], tmp_path / "pairs", config, jobs=1, report=lambda line: None)
    received, truth = np.load(tmp_path / "pairs/train/00000.npy").swapaxes(0, 1)
    np.testing.assert_array_equal(received, truth)


def test_validation_has_no_extras(pictures, tmp_path):
    for name, extras in (("plain", Extras()), ("more", Extras(*[1.0] * 6))):
        build([pictures], tmp_path / name, replace(CONFIG, extras=extras, clips=1), jobs=1, report=lambda line: None)
    for number in range(9):
        one, two = (np.load(tmp_path / name / f"validation/{number:05}.npy") for name in ("plain", "more"))
        np.testing.assert_array_equal(one, two)


def test_a_set_without_extras_in_its_configuration_can_be_resumed(pictures, tmp_path):
    build([pictures], tmp_path / "pairs", CONFIG, jobs=1, report=lambda line: None)
    old = {key: value for key, value in asdict(CONFIG).items() if key != "extras"}
    (tmp_path / "pairs/config.json").write_text(json.dumps(old))
    build([pictures], tmp_path / "pairs", CONFIG, jobs=1, report=lambda line: None)
    (tmp_path / "pairs/config.json").write_text(json.dumps(old))
    with pytest.raises(CrispenError, match="another configuration"):
        build([pictures], tmp_path / "pairs", replace(CONFIG, extras=Extras(camera=0.5)), jobs=1)


def test_a_video_has_a_camera_and_no_person(tmp_path):
    coded, extras = Condition(codec=Codec("h264")), Extras(camera=1.0, person=1.0)
    scene = draw_scene([tmp_path / "a.png"], True, coded, extras, np.random.default_rng(0))
    assert scene.camera is not None and scene.person is None
    backgrounds = {
        (scene.person.background, scene.replacement)
        for seed in range(40)
        if (scene := draw_scene([tmp_path / "a.png"], False, coded, extras, np.random.default_rng(seed))).person
    }
    assert backgrounds == {("still", None), ("blurred", None), ("replaced", tmp_path / "a.png")}


def test_the_camera_codes_the_stream_and_not_the_truth(pictures, tmp_path):
    """Scaled streams only: a second coding on the same block grid is held out of training."""
    truths, received = {}, {}
    for name, share in (("plain", 0.0), ("twice", 1.0)):
        config = replace(CONFIG, extras=Extras(double_coding=share), families=("codec",), clips=16, clips_per_shard=16)
        build([pictures], tmp_path / name, config, jobs=1, report=lambda line: None)
        received[name], truths[name] = np.load(tmp_path / name / "train/00000.npy").swapaxes(0, 1)
    np.testing.assert_array_equal(truths["plain"], truths["twice"])
    rows = rows_of(tmp_path / "twice")
    coded = np.array(["camera_codec" in row for row in rows])
    conditions = [row["condition"] for row in rows]
    assert coded.tolist() == [one["factor"] > 1 and not one["webcam_quality"] for one in conditions]
    changed = np.array([not np.array_equal(*pair) for pair in zip(received["plain"], received["twice"], strict=True)])
    np.testing.assert_array_equal(changed, coded)
    assert coded.any() and not coded.all()
    assert all(row["condition"]["relay"] is None and row["condition"]["loss"] == 0 for row in rows)


def test_a_clip_gives_at_most_the_wanted_tiles(pictures, tmp_path):
    """Two tiles of 128 x 128 in a region of 128 x 256."""
    for count in (1, 2, 9):
        folder = tmp_path / str(count)
        build([pictures], folder, replace(CONFIG, tiles_of_clip=count), jobs=1, report=lambda line: None)
        tiles = [(row["clip"], *row["at"]) for row in rows_of(folder)]
        assert len(tiles) == len(set(tiles)) == CONFIG.clips * min(count, 2)
    with pytest.raises(CrispenError, match="another configuration"):
        build([pictures], tmp_path / "1", CONFIG, jobs=1)


def test_truth_and_received_have_the_same_exposure(tmp_path):
    """Flat pictures through a good line: whatever level the camera gave arrives."""
    rng = np.random.default_rng(0)
    sent = [frame_from_rgb(np.full((128, 128, 3), 150, np.uint8))] * 12
    scene = Scene(exposure=ExposureDrift(stops=-0.8, seconds=0.3))
    truths = scene.photographed(sent, 30, rng)
    received = receive(scene.delivered(truths), Condition(codec=Codec("h264", 0.3), frames=12), rng)
    levels = [frame.y.mean() for frame in truths]
    assert levels[-1] == sent[-1].y.mean() and levels[0] < levels[5] < levels[-1] - 1
    np.testing.assert_allclose([frame.y.mean() for frame in received], levels, atol=1)


def test_shake_and_drift_end_in_the_untouched_picture(tmp_path):
    sent = [frame_from_rgb(np.ascontiguousarray(astronaut()[:128, :128]))] * 6
    scene = Scene(shake=Shake(3, 0.5), exposure=ExposureDrift(0.3))
    clip = scene.photographed(sent, 15, np.random.default_rng(0))
    np.testing.assert_array_equal(clip[-1].y, sent[-1].y)
    assert all(np.abs(frame.y.astype(int) - sent[-1].y).mean() > 1 for frame in clip[:4])
    assert {"shake", "exposure"} == scene.record().keys()


def test_a_replaced_background_is_not_shaken_and_a_video_neither(tmp_path):
    coded, extras = Condition(codec=Codec("h264")), Extras(person=1.0, shake=1.0, exposure_drift=1.0)
    pictures = [tmp_path / "a.png"]
    stills = [draw_scene(pictures, False, coded, extras, np.random.default_rng(seed)) for seed in range(40)]
    for scene in stills:
        assert scene.person is not None and scene.exposure is not None
        assert (scene.shake is None) == (scene.replacement is not None)
    assert {scene.shake is None for scene in stills} == {True, False}
    video = draw_scene(pictures, True, coded, extras, np.random.default_rng(0))
    assert video.shake is None and video.person is None and video.exposure is not None


def test_videos_keep_their_size_and_clips_become_soft_in_the_asked_shares():
    extras = Extras(softened=0.5, own_size=0.5)
    for video in (True, False):
        scenes = [draw_scene([], video, Condition(), extras, np.random.default_rng(seed)) for seed in range(200)]
        assert 60 < sum(scene.softening is not None for scene in scenes) < 140
        assert (60 < sum(scene.own_size for scene in scenes) < 140) == video
    plain = draw_scene([], True, Condition(), Extras(), np.random.default_rng(0))
    assert plain.softening is None and not plain.own_size


def test_a_soft_recording_is_the_truth_too():
    (sharp,) = sent = [frame_from_rgb(np.ascontiguousarray(astronaut()[:128, :128]))]
    scene = Scene(softening=Softening(2.0, "cv2-linear"))
    (truth,) = scene.photographed(sent, 30, np.random.default_rng(0))
    assert np.abs(np.diff(truth.y.astype(int), 2)).mean() < 0.7 * np.abs(np.diff(sharp.y.astype(int), 2)).mean()
    assert scene.record() == {"softening": {"factor": 2.0, "up": "cv2-linear"}}
