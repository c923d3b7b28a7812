"""`crispen models`: prints the contents of each model's card."""

import json
import re

import pytest

from crispen.apps.cli import main
from crispen.apps.shared.terminal import text_table
from crispen.runtime import model_files as shipped

QUALITY = {
    "psnr_gain": 0.314,
    "ssim_gain": 0.00456,
    "input_psnr": 34.62,
    "input_ssim": 0.9184,
    "source": "pictures",
    "command": "crispen eval pictures",
}
SPEED = {"fps": 61.7, "command": "crispen bench", "machine": "a machine"}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Three models with complete cards."""
    monkeypatch.setattr(shipped, "_FOLDER", tmp_path)
    for number, name in enumerate(shipped.MODEL_NAMES, 1):
        (tmp_path / f"{name}.int8.onnx").write_bytes(bytes(12_345 * number))
        card = {"name": name, "unshuffle": 4, "width": 16, "depth": 2, "parameters": 9_296 * number}
        card |= {"mac_per_pixel": 576.0 * number, "training_data": "clean pictures", "license": "CC-BY-4.0"}
        (tmp_path / f"{name}.int8.json").write_text(json.dumps(card | {"quality": QUALITY, "speed": SPEED}))
    return tmp_path


def test_a_row_for_each(folder, capsys):
    assert main(["models"]) == 0
    head, *rows = capsys.readouterr().out.splitlines()[:4]
    assert re.split(r"\s{2,}", head) == ["model", "parameters", "MAC/pixel", "files", "gain over the input", "1080p"]
    assert [re.split(r"\s{2,}", row) for row in rows] == [
        ["fast", "9,296", "576", "12 kB", "+0.31 dB +0.0046", "62 fps"],
        ["balanced", "18,592", "1,152", "25 kB", "+0.31 dB +0.0046", "62 fps"],
        ["best", "27,888", "1,728", "37 kB", "+0.31 dB +0.0046", "62 fps"],
    ]


def test_the_files_of_all_sets_count(folder, capsys):
    (folder / "fast-small.int8.onnx").write_bytes(bytes(20_000))
    (folder / "fast-small.onnx").write_bytes(bytes(90_000))  # not what runs
    assert main(["models", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["fast"]["bytes"] == 32_345


def test_shared_notes_are_printed_once(folder, capsys):
    assert main(["models"]) == 0
    notes = capsys.readouterr().out.splitlines()[5:]
    assert [note.partition(":")[0] for note in notes] == ["Gain", "Speed", "Training data", "Licence of the weights"]
    assert "34.62 dB 0.9184" in notes[0] and notes[0].endswith("crispen eval pictures")
    assert notes[1:] == [
        "Speed: crispen bench on a machine",
        "Training data: clean pictures",
        "Licence of the weights: CC-BY-4.0",
    ]


def test_different_notes_are_printed_for_each_model(folder, capsys):
    card = json.loads((folder / "best.int8.json").read_text())
    (folder / "best.int8.json").write_text(json.dumps(card | {"license": "CC0-1.0"}))
    assert main(["models"]) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "Licence of the weights: CC-BY-4.0",
        "Licence of the weights: CC0-1.0",
    ]


def test_unmeasured_values_are_marked(folder, capsys):
    for name in shipped.MODEL_NAMES:
        card = json.loads((folder / f"{name}.int8.json").read_text())
        (folder / f"{name}.int8.json").write_text(json.dumps(card | {"quality": {}, "speed": {}}))
    assert main(["models"]) == 0
    out = capsys.readouterr().out
    assert out.count("not measured") == 6 and "Gain:" not in out and "Speed:" not in out


def test_json_is_the_cards_and_the_size_of_the_file(folder, capsys):
    assert main(["models", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == ["fast", "balanced", "best"]
    assert found["best"] == json.loads((folder / "best.int8.json").read_text()) | {"bytes": 3 * 12_345}


def test_an_installation_without_its_models(folder, capsys):
    (folder / "balanced.int8.onnx").unlink()
    assert main(["models"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("crispen: ") and "balanced.int8.onnx" in said and said.count("\n") == 1


def test_shipped_models_have_complete_cards(capsys):
    """The real cards; that they agree with the graphs is held beside the runtime."""
    assert main(["models", "--json"]) == 0
    for name, card in json.loads(capsys.readouterr().out).items():
        assert {"name", "unshuffle", "width", "depth", "parameters", "mac_per_pixel"} <= card.keys()
        assert card["training_data"] and card["license"]
        assert card["quality"].keys() == QUALITY.keys() and card["speed"].keys() == SPEED.keys()
        assert card["quality"]["psnr_gain"] > 0 and card["quality"]["ssim_gain"] > 0, name
    assert main(["models"]) == 0
    assert "not measured" not in capsys.readouterr().out


def test_a_table_aligns_numbers_right_and_words_left():
    rows = [["a", "1,000", "+0.5 dB", "x"], ["long", "2", "-10 dB", ""]]
    assert text_table(["name", "n", "gain", ""], rows).splitlines() == [
        "name      n     gain",
        "a     1,000  +0.5 dB  x",
        "long      2   -10 dB",
    ]
