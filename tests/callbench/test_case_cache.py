import json

import cv2
import numpy as np
import pytest
from PIL import Image

from crispen.callbench import picture_cases as module
from crispen.callbench.picture_cases import build_pairs, find_pictures
from crispen.degrade.condition import Condition
from crispen.degrade.core_conditions import CORE
from crispen.errors import CrispenError
from crispen.frame import frame_from_rgb

PLAIN = {"bicubic-x2": CORE["bicubic-x2"], "clean": Condition()}
RANDOM = {name: CORE[name] for name in ("h264-x2", "low-light")}


class Counter:
    def __init__(self):
        self.calls = []

    def __call__(self, done, total):
        self.calls.append((done, total))


@pytest.fixture(scope="module")
def random_pairs(folder, tmp_path_factory):
    return build_pairs(find_pictures(folder), RANDOM, tmp_path_factory.mktemp("random"), seed=3)


def hashes(pairs):
    return {(pair.picture, pair.condition): pair.record["received"]["sha256"] for pair in pairs}


def test_a_pair_is_the_pictures_luma_and_what_opencv_makes_of_it(folder, natural, tmp_path):
    pairs = build_pairs(find_pictures(folder), PLAIN, tmp_path)
    assert [(pair.picture, pair.condition) for pair in pairs] == [
        ("astronaut.png", "bicubic-x2"),
        ("astronaut.png", "clean"),
        ("things/coffee.png", "bicubic-x2"),
        ("things/coffee.png", "clean"),
    ]
    for pair in pairs:
        truth, received = pair.load()
        luma = frame_from_rgb(natural[pair.picture.split("/")[-1][:-4]]).y
        assert np.array_equal(truth, luma)
        if pair.condition == "clean":
            assert np.array_equal(received, luma)
        else:
            height, width = luma.shape
            small = cv2.resize(luma, (width // 2, height // 2), interpolation=cv2.INTER_CUBIC)
            assert np.array_equal(received, cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC))


def test_what_is_there_is_not_built_again_and_what_is_missing_is(folder, tmp_path):
    pictures, first, second, third = find_pictures(folder), Counter(), Counter(), Counter()
    built = build_pairs(pictures, PLAIN, tmp_path, report=first)
    assert first.calls == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert build_pairs(pictures, PLAIN, tmp_path, report=second) == built
    assert second.calls == []
    next((tmp_path / "clean").glob("coffee-*.json")).unlink()
    assert build_pairs(pictures, PLAIN, tmp_path, report=third) == built
    assert third.calls == [(1, 1)]


def test_a_sharpener_cannot_spoil_what_it_is_measured_against(folder, tmp_path):
    for plane in build_pairs(find_pictures(folder), {"clean": Condition()}, tmp_path)[0].load():
        with pytest.raises(ValueError, match="read-only"):
            plane += 1


def test_truth_is_kept_once_for_all_conditions(folder, tmp_path):
    build_pairs(find_pictures(folder), PLAIN, tmp_path)
    assert len(list((tmp_path / "truth").iterdir())) == 2
    assert not list(tmp_path.rglob("*.part"))


def test_no_pair_depends_on_the_processes_or_on_the_other_pictures(folder, random_pairs, tmp_path):
    assert hashes(build_pairs(find_pictures(folder), RANDOM, tmp_path / "two", seed=3, jobs=2)) == hashes(random_pairs)
    alone = next(iter(find_pictures(folder).items()))
    one = hashes(build_pairs(dict([alone]), {"low-light": RANDOM["low-light"]}, tmp_path / "one", seed=3))
    assert one.items() <= hashes(random_pairs).items()


def test_another_seed_is_another_noise(folder, random_pairs, tmp_path):
    other = hashes(build_pairs(find_pictures(folder), RANDOM, tmp_path, seed=4))
    assert not other.items() & hashes(random_pairs).items()


def test_the_record_says_how_to_make_the_pair_again(random_pairs):
    for pair in random_pairs:
        record = pair.record
        assert record["seed"] == 3
        assert record["damage"]["codec"]["name"] == "h264"
        assert {"av", "libavcodec", "opencv", "numpy", "pillow"} <= record["libraries"].keys()
        assert json.loads(json.dumps(record)) == record


@pytest.mark.parametrize(
    ("attribute", "value"), [("library_versions", lambda: {"av": "99"}), ("code_sha256", lambda *modules: "rewritten")]
)
def test_new_libraries_or_new_damage_code_make_new_pairs(folder, tmp_path, monkeypatch, attribute, value):
    pictures, again = find_pictures(folder), Counter()
    build_pairs(pictures, PLAIN, tmp_path)
    monkeypatch.setattr(module, attribute, value)
    build_pairs(pictures, PLAIN, tmp_path, report=again)
    assert again.calls[-1] == (4, 4)


def test_a_condition_that_changed_under_its_name_makes_new_pairs(folder, tmp_path):
    pictures = find_pictures(folder)
    (before,) = build_pairs(dict([*pictures.items()][:1]), {"bicubic-x2": Condition(factor=2)}, tmp_path)
    (after,) = build_pairs(dict([*pictures.items()][:1]), {"bicubic-x2": Condition(factor=3)}, tmp_path)
    assert before.record["received"] != after.record["received"]


@pytest.mark.parametrize("damage", ["change", "cut", "remove"])
def test_a_cache_that_was_tampered_with_is_not_measured(folder, tmp_path, damage):
    pair = build_pairs(find_pictures(folder), PLAIN, tmp_path)[0]
    file = tmp_path / pair.record["received"]["file"]
    if damage == "change":
        Image.fromarray(pair.load()[0]).save(file)
    elif damage == "cut":
        file.write_bytes(file.read_bytes()[:1000])
    else:
        file.unlink()
    with pytest.raises(CrispenError, match="build the pairs anew"):
        pair.load()


def test_a_broken_picture_is_named_and_what_was_built_before_it_is_kept(folder, tmp_path):
    pictures = find_pictures(folder)
    broken = tmp_path / "broken.png"
    broken.write_bytes(pictures["astronaut.png"].read_bytes()[:3000])
    with pytest.raises(CrispenError, match=r"broken\.png is damaged"):
        build_pairs(pictures | {"broken.png": broken}, PLAIN, tmp_path / "cache")
    again = Counter()
    build_pairs(pictures, PLAIN, tmp_path / "cache", report=again)
    assert again.calls == []


def test_a_tiny_picture_is_refused(tmp_path):
    Image.new("RGB", (100, 31)).save(tmp_path / "tiny.png")
    with pytest.raises(CrispenError, match=r"tiny\.png is 100x31"):
        build_pairs(find_pictures(tmp_path), PLAIN, tmp_path / "cache")


def test_pictures_of_one_name_in_two_folders_are_two_pictures(natural, tmp_path):
    for number, name in enumerate(natural):
        (tmp_path / str(number)).mkdir()
        Image.fromarray(natural[name].copy()).save(tmp_path / str(number) / "same.png")
    pairs = build_pairs(find_pictures(tmp_path), {"clean": Condition()}, tmp_path / "cache")
    assert [pair.picture for pair in pairs] == ["0/same.png", "1/same.png"]
    assert pairs[0].load()[0].shape != pairs[1].load()[0].shape


def test_folders_without_pictures_are_refused(tmp_path):
    with pytest.raises(CrispenError, match="not a folder"):
        find_pictures(tmp_path / "absent")
    with pytest.raises(CrispenError, match="holds no picture"):
        find_pictures(tmp_path)
