"""LiteRT's interpreter compared with the network in numpy; test_export_folder.py has the shipped models."""

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from networks import expected, picture, random_convs

from crispen.export.golden_pair import reference_output
from crispen.export.litert_export import write_litert
from crispen.model.quantize import quantize_conv


def run(path, y, strength=1.0):
    signature = Interpreter(str(path), num_threads=1).get_signature_runner()
    feed = {"luma": y[None, ..., None], "strength": np.array([strength], np.float32)}
    return signature(**{name: feed[name] for name in signature.get_input_details()})["sharp"][0, ..., 0]


@pytest.mark.parametrize("unshuffle", [2, 4])
@pytest.mark.parametrize("depth", [0, 2])
def test_one_file_for_every_size_and_strength(unshuffle, depth, tmp_path):
    convs = random_convs(1, unshuffle, depth=depth)
    write_litert(tmp_path / "net.tflite", convs, unshuffle)
    for height, width in ((unshuffle, unshuffle), (3 * unshuffle, unshuffle), (24, 40)):
        for strength in (0.0, 0.5, 2.0):
            y = picture(height, width)
            got = run(tmp_path / "net.tflite", y, strength)
            assert np.abs(got - expected(convs, unshuffle, y, strength)).max() <= 0.5 + 0.01
            assert strength or np.array_equal(got, y)


def test_a_file_of_one_size_says_so(tmp_path):
    write_litert(tmp_path / "net.tflite", random_convs(unshuffle=2), 2, size=(24, 40))
    port = Interpreter(str(tmp_path / "net.tflite")).get_input_details()[0]
    assert (port["name"], port["dtype"]) == ("luma", np.uint8)
    assert [*port["shape"]] == [*port["shape_signature"]] == [1, 24, 40, 1]
    write_litert(tmp_path / "any.tflite", random_convs(unshuffle=2), 2)
    assert [*Interpreter(str(tmp_path / "any.tflite")).get_input_details()[0]["shape_signature"]] == [1, -1, -1, 1]


def test_int8_uses_integers_throughout(tmp_path):
    convs = random_convs(2, unshuffle=2)
    convs = [quantize_conv(conv, None if conv is convs[-1] else 1.5) for conv in convs]
    write_litert(tmp_path / "net.tflite", convs, 2, "int8")
    interpreter = Interpreter(str(tmp_path / "net.tflite"))
    assert {tensor["dtype"] for tensor in interpreter.get_tensor_details()} <= {np.uint8, np.int8, np.int32}
    y = picture(48, 64)
    wanted = reference_output(convs, 2, y).astype(int)
    off = np.abs(run(tmp_path / "net.tflite", y) - wanted)
    assert np.abs(wanted - y).mean() > 2
    assert off.max() <= 2 and np.mean(off > 0) < 0.03  # an activation between two codes may be rounded either way


def test_int8_needs_an_int8_network(tmp_path):
    with pytest.raises(ValueError, match="in eight bits"):
        write_litert(tmp_path / "net.tflite", random_convs(unshuffle=2), 2, "int8")
    assert not (tmp_path / "net.tflite").exists()
