"""`crispen study` from folders to scores, through the real files. All raters here are synthetic."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest
from exit_status import status_of
from PIL import Image, ImageFilter
from skimage import data

from crispen.apps.cli import main
from crispen.study.study_key import read_key

# Strengths in log odds that synthetic raters are given; "reference" is the hidden reference.
STRENGTHS = {"received": 0.0, "zebra": 1.0, "quagga": -1.0, "reference": 2.0}
PICTURES = ("portrait", "crockery", "feline", "landscape")


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """A folder for each condition and one of truths."""
    root = tmp_path_factory.mktemp("study-sources")
    photographs = (data.astronaut()[:96, 160:288], data.coffee()[100:190, 200:360], data.chelsea()[40:136, 100:228])
    everything = (*photographs, data.rocket()[200:290, 250:380])
    for name, rgb in zip(PICTURES, everything, strict=True):
        truth = Image.fromarray(np.ascontiguousarray(rgb))
        soft = truth.filter(ImageFilter.GaussianBlur(1.5))
        versions = {
            "truths": truth,
            "received": soft,
            "zebra": soft.filter(ImageFilter.UnsharpMask(2, 80, 0)),
            "quagga": soft.filter(ImageFilter.GaussianBlur(1)),
        }
        for folder, image in versions.items():
            (root / folder).mkdir(exist_ok=True)
            image.save(root / folder / f"{name}.png")
    return root


def make(sources, out, *options):
    conditions = [f"--condition={name}={sources / name}" for name in ("received", "zebra", "quagga")]
    common = ["--reference", str(sources / "truths"), "--input", "received", "--seed", "7"]
    return status_of(["study", "make", out, *conditions, *common, *options])


@pytest.fixture(scope="module")
def study(sources, tmp_path_factory):
    """12 raters of 24 pairs each: every comparison 12 times."""
    out = tmp_path_factory.mktemp("study") / "out"
    assert make(sources, out, "--raters", 12) == 0
    return out


def plan_of_page(study):
    text = (study / "site" / "index.html").read_text()
    return json.loads(re.search(r'<script id="study" type="application/json">(.*?)</script>', text, re.S)[1])


def synthetic_answers(study, number, rng, careless=False):
    """The answers file of a synthetic rater, who sees only the page's contents; the key determines the preferences."""
    page = plan_of_page(study)
    shown = {
        file: STRENGTHS.get(condition, -9.0)
        for files in read_key(study).files.values()
        for condition, file in files.items()
    }
    rows = []
    for index, places in enumerate(page["raters"][number - 1]):
        left, right = (page["files"][place] for place in places)
        chance = 0.5 if careless else 1 / (1 + np.exp(shown[right] - shown[left]))
        choice = "left" if rng.random() < chance else "right"
        rows.append(
            {"trial": index, "left": left, "right": right, "choice": choice, "ms": int(rng.integers(900, 5000))}
        )
    return {
        "format": "crispen-study-answers/1",
        "study": page["study"],
        "rater": number,
        "viewing": {"display": "monitor", "distance_cm": 60},
        "answers": rows,
    }


@pytest.fixture(scope="module")
def answers(study, tmp_path_factory):
    """Files of 11 synthetic raters, and of one who answers by coin."""
    folder, rng = tmp_path_factory.mktemp("study-answers"), np.random.default_rng(1)
    for number in range(1, 13):
        content = synthetic_answers(study, number, rng, careless=number == 12)
        (folder / f"answers-{number:02}.json").write_text(json.dumps(content))
    return folder


# ---- make


def test_raters_get_nothing_that_tells(study):
    assert sorted(path.name for path in study.iterdir()) == ["key.json", "site"]
    files = sorted(path for path in (study / "site").rglob("*") if path.is_file())
    text = (study / "site" / "index.html").read_text()
    for word in ("zebra", "quagga", "received", "reference", "damaged", *PICTURES):
        pattern = re.compile(rf"\b{word}\b", re.I)
        assert not any(pattern.search(str(path.relative_to(study))) for path in files), word
        assert not pattern.search(json.dumps(plan_of_page(study))), word
        assert not pattern.search(text), word
    for path in files:
        if path.suffix == ".png":
            assert re.fullmatch(r"[0-9a-f]{20}\.png", path.name)
            chunks = path.read_bytes()
            assert not any(kind in chunks[:64] for kind in (b"tEXt", b"iTXt", b"eXIf", b"tIME"))
    assert len({path.stat().st_mtime for path in files if path.suffix == ".png"}) == 1


def test_the_names_hang_on_the_seed_and_on_nothing_a_rater_knows(sources, study, tmp_path):
    assert make(sources, tmp_path / "again", "--raters", 12) == 0
    assert (tmp_path / "again" / "key.json").read_text() == (study / "key.json").read_text()
    assert make(sources, tmp_path / "other", "--raters", 12, "--seed", 8) == 0
    here, there = (
        {path.name for path in (root / "site" / "pictures").iterdir()} for root in (study, tmp_path / "other")
    )
    assert not here & there
    assert read_key(tmp_path / "other").study != read_key(study).study


def test_the_pictures_are_those_of_the_folders(study, sources):
    key = read_key(study)
    assert key.conditions == ["received", "zebra", "quagga", "reference"]
    assert (key.anchor, key.reference, key.seed, set(key.files)) == ("received", "reference", 7, set(PICTURES))
    for picture, files in key.files.items():
        for condition, name in files.items():
            with Image.open(study / "site" / "pictures" / f"{name}.png") as shown:
                pixels = np.asarray(shown).astype(int)
            folder = {"reference": "truths", "damaged": "truths"}.get(condition, condition)
            with Image.open(sources / folder / f"{picture}.png") as source:
                difference = np.abs(pixels - np.asarray(source)).mean()
            assert difference > 2 if condition == "damaged" else difference == 0
    hidden = {path.stem for path in (study / "site" / "pictures").iterdir()}
    assert hidden == {name for files in key.files.values() for name in files.values()}


def test_the_page_shows_what_the_key_says(study):
    page, key = plan_of_page(study), read_key(study)
    assert page.keys() == {"study", "ties", "files", "raters"} and page["files"] == sorted(page["files"])
    for shown, session in zip(page["raters"], key.raters, strict=True):
        assert [tuple(page["files"][place] for place in places) for places in shown] == [*map(key.names, session)]


class Loads(HTMLParser):
    """Collects everything by which a tag could load something."""

    def __init__(self):
        super().__init__()
        self.found, self.ids = [], []

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.found += [given[name] for name in ("src", "href", "action", "poster", "srcset", "data") if name in given]
        self.ids += [given["id"]] if "id" in given else []


def test_the_page_loads_nothing_from_outside(study):
    text = (study / "site" / "index.html").read_text()
    page = Loads()
    page.feed(text)
    assert page.found == ["data:,"] and len(page.ids) == len(set(page.ids))
    assert "//" not in re.sub(r"(^|\s)//.*", "", text)  # no address of anything, but for comments
    assert not re.search(r"@import|url\(|\bfetch\(|XMLHttpRequest|sendBeacon|WebSocket|import\(", text)
    assert "default-src 'none'" in text
    used = set(re.findall(r'\belement\("(\w+)"\)', text))
    assert used and used <= set(page.ids)


def test_fewer_pairs_and_no_reference(sources, tmp_path, capsys):
    conditions = [f"--condition={name}={sources / name}" for name in ("zebra", "quagga")]
    out = tmp_path / "out"
    words = ["study", "make", str(out), *conditions, "--raters", "3", "--pairs-per-rater", "1", "--ties"]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "3 raters with 5 pairs each (1 of 4 comparisons, 3 attention checks, 1 repeat)" in said
    assert "0 to 1 times, some never" in said
    key = read_key(out)
    assert key.ties and key.anchor is None and key.reference is None
    assert plan_of_page(out)["ties"] is True
    assert main(words) == 1
    assert "--overwrite" in capsys.readouterr().err
    assert main([*words, "--overwrite"]) == 0
    assert read_key(out).seed != key.seed  # drawn anew


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (["--raters", "0"], 2, "--raters: 0 is out of range (1 or more)"),
        (["--pairs-per-rater", "25"], 1, "only 24 comparisons"),
        (["--input", "horse"], 2, "--input horse is not among"),
        (["--condition=zebra=x"], 2, "two conditions have one name"),
        (["--condition=reference=x"], 2, "two conditions have one name"),
        (["--condition=damaged=x"], 2, "no condition may be called damaged"),
        (["--condition=horse=no/such/folder"], 1, "no/such/folder is not a folder"),
    ],
)
def test_mistakes_are_one_line_and_leave_nothing(sources, tmp_path, capsys, options, status, message):
    assert make(sources, tmp_path / "out", *options) == status
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_one_condition_cannot_be_compared(sources, tmp_path, capsys):
    assert main(["study", "make", str(tmp_path / "out"), f"--condition=zebra={sources / 'zebra'}"]) == 2
    assert "give a second" in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        main(["study", "make", str(tmp_path / "out"), "--condition", "zebra"])
    assert ended.value.code == 2 and "not NAME=FOLDER" in capsys.readouterr().err


@pytest.mark.parametrize("fault", ["size", "broken", "flat"])
def test_pictures_that_cannot_be_compared_leave_nothing(fault, tmp_path, capsys):
    photograph = Image.fromarray(np.ascontiguousarray(data.chelsea()[:64, :64]))
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        for name in ("x.png", "y.png"):
            (Image.new("RGB", (64, 64)) if fault == "flat" else photograph).save(tmp_path / folder / name)
    if fault == "size":
        photograph.resize((32, 64)).save(tmp_path / "two" / "y.png")
    if fault == "broken":
        (tmp_path / "two" / "y.png").write_bytes((tmp_path / "two" / "y.png").read_bytes()[:900])
    words = [f"--condition={name}={tmp_path / name}" for name in ("one", "two")]
    assert main(["study", "make", str(tmp_path / "out"), *words]) == 1
    error = capsys.readouterr().err
    expected = {"size": "y.png is 32x64", "broken": "y.png is damaged", "flat": "detail enough"}[fault]
    assert expected in error and error.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]


# ---- score


def test_synthetic_raters_give_back_the_strengths_they_were_given(study, answers, tmp_path, capsys):
    outputs = ["--json", str(tmp_path / "scores.json"), "--markdown", str(tmp_path / "scores.md")]
    assert main(["study", "score", str(study), *map(str, sorted(answers.iterdir())), *outputs]) == 0
    table = capsys.readouterr().out
    assert (tmp_path / "scores.md").read_text() == table
    found = json.loads((tmp_path / "scores.json").read_text())
    assert [row["excluded"] is None for row in found["raters"]] == [True] * 11 + [False]
    for name, strength in STRENGTHS.items():
        assert found["scores"][name]["score"] == pytest.approx(strength, abs=0.6)
        assert found["scores"][name]["low"] <= found["scores"][name]["score"] <= found["scores"][name]["high"]
    assert sum(map(sum, found["wins"])) == 11 * 24
    ranking = [line.split(" | ")[0].strip("| ") for line in table.splitlines()[2:6]]
    assert ranking == ["reference (hidden reference)", "zebra", "received (hidden input)", "quagga"]
    assert "Excluded: rater 12" in table and "bootstrap over raters" in table


def test_the_order_of_files_does_not_matter_and_a_seed_gives_one_interval(study, answers, capsys):
    files = list(map(str, sorted(answers.iterdir())))
    tables = []
    for order in (files, files[::-1]):
        assert main(["study", "score", str(study), *order, "--resamples", "50", "--seed", "3"]) == 0
        tables.append(capsys.readouterr().out)
    assert tables[0] == tables[1]


def test_a_table_is_not_overwritten_and_wrong_files_leave_it(study, answers, tmp_path, capsys):
    files = list(map(str, sorted(answers.iterdir())))
    table = tmp_path / "table.md"
    table.write_text("mine")
    assert main(["study", "score", str(study), *files, "--markdown", str(table)]) == 1
    assert "--overwrite" in capsys.readouterr().err
    (tmp_path / "broken.json").write_text("{")
    words = [str(tmp_path / "broken.json"), "--markdown", str(table), "--overwrite"]
    assert main(["study", "score", str(study), *files, *words]) == 1
    error = capsys.readouterr().err
    assert "broken.json is not JSON" in error and error.count("\n") == 1
    assert table.read_text() == "mine"


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (["--attention", "1.5"], 2, "--attention: 1.5 is out of range (0 to 1)"),
        (["--resamples", "-1"], 2, "--resamples: -1 is out of range (0 or more)"),
    ],
)
def test_wrong_options_of_score(study, answers, capsys, options, status, message):
    assert status_of(["study", "score", study, answers / "answers-01.json", *options]) == status
    assert message in capsys.readouterr().err


def test_a_folder_that_is_no_study(tmp_path, capsys):
    assert main(["study", "score", str(tmp_path), "x.json"]) == 1
    assert "key.json cannot be read" in capsys.readouterr().err


def test_a_study_needs_none_of_the_heavy_packages(sources, study, answers, tmp_path):
    words = [f"--condition={name}={sources / name}" for name in ("received", "zebra")]
    code = f"""
import sys
for name in ("torch", "cv2", "scipy", "skimage", "onnx", "matplotlib", "safetensors"):
    sys.modules[name] = None
from crispen.apps.cli import main
assert main(["study", "make", {str(tmp_path / "out")!r}, *{words}]) == 0
assert main(["study", "score", {str(study)!r}, {str(answers / "answers-01.json")!r}]) == 0
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
