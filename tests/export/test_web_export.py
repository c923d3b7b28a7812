"""The files for the browser, against the packages onnx and safetensors, which do not write them."""

import json
import subprocess
import sys

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import random_convs
from safetensors import safe_open
from safetensors.numpy import load

from crispen.export.web_export import shipped_web_files, web_network
from crispen.runtime.model_files import MODEL_NAMES, find_model


@settings(deadline=None)
@given(depth=st.integers(0, 4), name=st.text(max_size=20))
def test_a_network_is_read_by_safetensors(depth, name):
    convs = random_convs(unshuffle=2, depth=depth)
    tensors = load(web_network(convs, 2, name))
    assert len(tensors) == 2 * len(convs)
    for index, conv in enumerate(convs):
        np.testing.assert_array_equal(tensors[f"conv{index}.weight"], conv.weight)
        np.testing.assert_array_equal(tensors[f"conv{index}.bias"], conv.bias)


def test_blocks_that_the_shaders_do_not_have_are_refused():
    with pytest.raises(ValueError, match="not 4x4"):
        web_network(random_convs(unshuffle=4), 4, "x")


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_the_files_hold_the_shipped_weights(name, tmp_path):
    """The layers between the first and the last have no factors, so their weights are those of the ONNX file."""
    files, model = shipped_web_files(), find_model(name, "f32")
    for expert, network in model.experts.items():
        tensors = load(files[f"{name}-{expert}.safetensors"])
        graph = onnx.load(network.path).graph
        wanted = {each.name: onnx.numpy_helper.to_array(each) for each in graph.initializer}
        depth = sum(key.startswith("bias") for key in wanted)
        assert len(tensors) == 2 * depth
        for index in range(1, depth - 1):
            np.testing.assert_array_equal(tensors[f"conv{index}.weight"], wanted[f"weight{index}"])
            np.testing.assert_array_equal(tensors[f"conv{index}.bias"], wanted[f"bias{index}"])
    path = tmp_path / "router.safetensors"
    path.write_bytes(files[f"{name}-router.safetensors"])
    with safe_open(path, "np") as router:
        assert model.router and json.loads(router.metadata()["choices"]) == [
            list(each) for each in model.router.choices
        ]
        np.testing.assert_array_equal(router.get_tensor("centre"), model.router.centre)
        np.testing.assert_allclose(router.get_tensor("hidden"), model.router.hidden, rtol=1e-3, atol=1e-7)


def test_the_files_need_no_optional_package():
    code = (
        "import sys\nfor name in ('onnx', 'safetensors', 'torch'): sys.modules[name] = None\n"
        "from crispen.web.web_files import extension_files, page_files\n"
        "print(len(page_files()), len(extension_files()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0 and all(int(word) > 30 for word in done.stdout.split()), done.stderr
