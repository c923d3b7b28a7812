"""Checks of an ONNX file before an engine opens it."""

import shutil

import numpy as np
import pytest

from crispen import CrispenError, Sharpener
from crispen.runtime.model_files import MODEL_NAMES, find_expert
from crispen.runtime.onnx_file import check_network, is_int8

PROSE = "# Notes\n\nThis is no network, but somebody renamed it.\n" * 20


@pytest.mark.parametrize("text", [PROSE, "{}", "<?xml version='1.0'?>\n<net/>", "7\n", ":\x00"], ids=repr)
@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
def test_a_text_file_is_refused_and_no_engine_prints_anything(text, engine, tmp_path, capfd):
    path = tmp_path / "notes.onnx"
    path.write_text(text)
    with pytest.raises(CrispenError, match=r"notes\.onnx is .*not an ONNX file"):
        Sharpener(path, engine, threads=1)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_the_precision_is_read_from_the_file(name):
    for precision in ("int8", "f32"):
        path = find_expert(name, precision).path
        check_network(path)
        assert is_int8(path) == (precision == "int8")


def test_a_copy_without_its_card_keeps_its_precision(tmp_path):
    path = tmp_path / "mine.onnx"
    shutil.copy(find_expert("fast", "int8").path, path)
    assert find_expert(path).precision == "int8"
    with pytest.raises(CrispenError, match="is in int8 and can not run in f32"):
        find_expert(path, "f32")
    with Sharpener(path, threads=1) as sharpener:
        assert sharpener.precision == "int8"
        assert sharpener.luma(np.full((16, 16), 90, np.uint8)).shape == (16, 16)
