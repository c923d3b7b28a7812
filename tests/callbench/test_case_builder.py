import json

import cv2
import numpy as np
import pytest
from PIL import Image

from crispen.callbench import case_builder as module
from crispen.callbench.case_builder import build_pictures
from crispen.callbench.picture_cases import find_pictures, words_beside
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
def random_cases(folder, tmp_path_factory):
    return build_pictures(find_pictures(folder), RANDOM, tmp_path_factory.mktemp("random"), seed=3)


def hashes(cases):
    return {(case.picture, case.condition): case.record["received"]["sha256"] for case in cases}


def test_a_case_is_the_pictures_luma_and_what_opencv_makes_of_it(folder, natural, tmp_path):
    cases = build_pictures(find_pictures(folder), PLAIN, tmp_path)
    assert [(case.picture, case.condition) for case in cases] == [
        ("astronaut.png", "bicubic-x2"),
        ("astronaut.png", "clean"),
        ("things/coffee.png", "bicubic-x2"),
        ("things/coffee.png", "clean"),
    ]
    for case in cases:
        truth, received = case.load()
        luma = frame_from_rgb(natural[case.picture.split("/")[-1][:-4]]).y
        assert np.array_equal(truth, luma)
        if case.condition == "clean":
            assert np.array_equal(received, luma)
        else:
            height, width = luma.shape
            small = cv2.resize(luma, (width // 2, height // 2), interpolation=cv2.INTER_CUBIC)
            assert np.array_equal(received, cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC))


def test_only_missing_cases_are_built(folder, tmp_path):
    pictures, first, second, third = find_pictures(folder), Counter(), Counter(), Counter()
    built = build_pictures(pictures, PLAIN, tmp_path, report=first)
    assert first.calls == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert build_pictures(pictures, PLAIN, tmp_path, report=second) == built
    assert second.calls == []
    next((tmp_path / "clean").glob("coffee-*.json")).unlink()
    assert build_pictures(pictures, PLAIN, tmp_path, report=third) == built
    assert third.calls == [(1, 1)]


def test_planes_are_read_only(folder, tmp_path):
    for plane in build_pictures(find_pictures(folder), {"clean": Condition()}, tmp_path)[0].load():
        with pytest.raises(ValueError, match="read-only"):
            plane += 1


def test_the_truth_is_stored_once_for_all_conditions(folder, tmp_path):
    build_pictures(find_pictures(folder), PLAIN, tmp_path)
    assert len(list((tmp_path / "truth").iterdir())) == 2
    assert not list(tmp_path.rglob("*.part"))


def test_a_case_does_not_depend_on_processes_or_other_pictures(folder, random_cases, tmp_path):
    pictures = find_pictures(folder)
    built = build_pictures(pictures, RANDOM, tmp_path / "two", seed=3, jobs=2)
    assert hashes(built) == hashes(random_cases)
    alone = next(iter(pictures.items()))
    one = hashes(build_pictures(dict([alone]), {"low-light": RANDOM["low-light"]}, tmp_path / "one", seed=3))
    assert one.items() <= hashes(random_cases).items()


def test_another_seed_gives_other_noise(folder, random_cases, tmp_path):
    other = hashes(build_pictures(find_pictures(folder), RANDOM, tmp_path, seed=4))
    assert not other.items() & hashes(random_cases).items()


def test_the_record_says_how_to_make_the_case_again(random_cases):
    for case in random_cases:
        record = case.record
        assert record["seed"] == 3
        assert record["damage"]["codec"]["name"] == "h264"
        assert {"av", "libavcodec", "opencv", "numpy", "pillow"} <= record["libraries"].keys()
        assert json.loads(json.dumps(record)) == record


@pytest.mark.parametrize(
    ("attribute", "value"), [("library_versions", lambda: {"av": "99"}), ("code_sha256", lambda *modules: "rewritten")]
)
def test_new_libraries_or_new_code_make_new_cases(folder, tmp_path, monkeypatch, attribute, value):
    pictures, again = find_pictures(folder), Counter()
    build_pictures(pictures, PLAIN, tmp_path)
    monkeypatch.setattr(module, attribute, value)
    build_pictures(pictures, PLAIN, tmp_path, report=again)
    assert again.calls[-1] == (4, 4)


def test_a_condition_that_changed_makes_new_cases(folder, tmp_path):
    pictures = find_pictures(folder)
    (before,) = build_pictures(dict([*pictures.items()][:1]), {"bicubic-x2": Condition(factor=2)}, tmp_path)
    (after,) = build_pictures(dict([*pictures.items()][:1]), {"bicubic-x2": Condition(factor=3)}, tmp_path)
    assert before.record["received"] != after.record["received"]


@pytest.mark.parametrize("damage", ["change", "cut", "remove"])
def test_a_changed_cache_is_an_error(folder, tmp_path, damage):
    case = build_pictures(find_pictures(folder), PLAIN, tmp_path)[0]
    file = tmp_path / case.record["received"]["file"]
    if damage == "change":
        Image.fromarray(case.load()[0]).save(file)
    elif damage == "cut":
        file.write_bytes(file.read_bytes()[:1000])
    else:
        file.unlink()
    with pytest.raises(CrispenError, match="build the cases anew"):
        case.load()


def test_a_broken_picture_is_named_and_earlier_cases_are_kept(folder, tmp_path):
    pictures = find_pictures(folder)
    broken = tmp_path / "broken.png"
    broken.write_bytes(pictures["astronaut.png"].read_bytes()[:3000])
    with pytest.raises(CrispenError, match=r"broken\.png is damaged"):
        build_pictures(pictures | {"broken.png": broken}, PLAIN, tmp_path / "cache")
    again = Counter()
    build_pictures(pictures, PLAIN, tmp_path / "cache", report=again)
    assert again.calls == []


def test_a_tiny_picture_is_refused(tmp_path):
    Image.new("RGB", (100, 31)).save(tmp_path / "tiny.png")
    with pytest.raises(CrispenError, match=r"tiny\.png is 100x31"):
        build_pictures(find_pictures(tmp_path), PLAIN, tmp_path / "cache")


def test_pictures_of_one_name_in_two_folders_are_two_pictures(natural, tmp_path):
    for number, name in enumerate(natural):
        (tmp_path / str(number)).mkdir()
        Image.fromarray(natural[name].copy()).save(tmp_path / str(number) / "same.png")
    cases = build_pictures(find_pictures(tmp_path), {"clean": Condition()}, tmp_path / "cache")
    assert [case.picture for case in cases] == ["0/same.png", "1/same.png"]
    assert cases[0].load()[0].shape != cases[1].load()[0].shape


def test_folders_without_pictures_are_refused(tmp_path):
    with pytest.raises(CrispenError, match="not a folder"):
        find_pictures(tmp_path / "absent")
    with pytest.raises(CrispenError, match="holds no picture"):
        find_pictures(tmp_path)


def test_words_are_those_beside_the_picture(tmp_path):
    (tmp_path / "page.txt").write_text("One, two\nTHREE.", encoding="utf-8")
    assert words_beside(tmp_path / "page.webp") == ["one", "two", "three"]
    assert words_beside(tmp_path / "other.webp") == []
