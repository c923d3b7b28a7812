import json
import math
from pathlib import Path

import pytest

from crispen.callbench import bootstrap
from crispen.callbench.score_store import ScoreStore
from crispen.metrics import psnr as metrics


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_later_run_finds_stored_scores(tmp_path):
    store = ScoreStore(tmp_path, [metrics])
    store.add("mask", "case", {"psnr": 30.25, "words": None})
    store.add("mask", "case", {"ssim": 0.5})
    store.add("net", "case", {"psnr": 31.0})
    for again in (store, ScoreStore(tmp_path, [metrics])):
        assert again.get("mask", "case") == {"psnr": 30.25, "words": None, "ssim": 0.5}
        assert again.get("net", "case") == {"psnr": 31.0}
        assert again.get("net", "other") == again.get("nobody", "case") == {}


def test_numbers_are_stored_exactly(tmp_path):
    ScoreStore(tmp_path, []).add("mask", "case", {"psnr": math.pi, "ssim": 0.1 + 0.2})
    assert ScoreStore(tmp_path, []).get("mask", "case") == {"psnr": math.pi, "ssim": 0.1 + 0.2}


@pytest.mark.parametrize("end", ['{"case": "b", "ps', '{"psnr": 3}\n', "[1]\n", "\n"])
def test_an_incomplete_line_is_skipped(tmp_path, end):
    ScoreStore(tmp_path, []).add("mask", "a", {"psnr": 30.0})
    (file,) = files(tmp_path)
    with open(file, "a") as handle:
        handle.write("\n" + end)
    assert ScoreStore(tmp_path, []).get("mask", "a") == {"psnr": 30.0}
    assert ScoreStore(tmp_path, []).get("mask", "b") == {}


def test_a_line_after_an_incomplete_one_is_read(tmp_path):
    ScoreStore(tmp_path, []).add("mask", "a", {"psnr": 30.0})
    (file,) = files(tmp_path)
    with open(file, "a") as handle:
        handle.write('\n{"case": "b", "ps')
    ScoreStore(tmp_path, []).add("mask", "c", {"psnr": 32.0})
    assert ScoreStore(tmp_path, []).get("mask", "c") == {"psnr": 32.0}


def test_other_code_or_settings_have_their_own_scores(tmp_path):
    ScoreStore(tmp_path, [metrics], "alex").add("mask", "a", {"psnr": 30.0})
    assert ScoreStore(tmp_path, [metrics], "vgg").get("mask", "a") == {}
    assert ScoreStore(tmp_path, [metrics, bootstrap], "alex").get("mask", "a") == {}
    assert ScoreStore(tmp_path, [metrics], "alex").get("mask", "a") == {"psnr": 30.0}


def test_returned_scores_are_a_copy(tmp_path):
    store = ScoreStore(tmp_path, [])
    store.add("mask", "a", {"psnr": 30.0})
    store.get("mask", "a")["psnr"] = 99
    assert store.get("mask", "a") == {"psnr": 30.0}
    assert json.loads(files(tmp_path)[0].read_text().strip()) == {"case": "a", "psnr": 30.0}
