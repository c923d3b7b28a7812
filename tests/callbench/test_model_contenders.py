"""A model as a contender: its output is that of Sharpener, and its identity changes whenever its output may change."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from networks import picture, random_convs

from crispen.callbench.contenders.contender import ContenderInput, Failed
from crispen.callbench.contenders.model_contenders import ModelContender
from crispen.errors import CrispenError
from crispen.export.onnx_export import write_onnx
from crispen.runtime import model_files as shipped_models
from crispen.runtime.sharpener import Sharpener

PICTURES = [picture(29, 42, seed) for seed in range(3)]


@pytest.fixture
def model(tmp_path):
    write_onnx(tmp_path / "tiny.onnx", random_convs(width=4), 4, {"unshuffle": 4, "mac_per_pixel": 61.5})
    return tmp_path / "tiny.onnx"


def arrived():
    return [ContenderInput(y, y[::2]) for y in PICTURES]


@pytest.mark.parametrize(("engine", "strength"), [("openvino", 1.0), ("onnxruntime", 0.5), ("openvino", 0.0)])
def test_it_makes_what_sharpener_makes(model, engine, strength):
    one = ModelContender("row", str(model), engine, 1, "f32", strength)
    with Sharpener(model, engine, 1, strength, "f32") as sharpener:
        wanted = [sharpener.luma(y) for y in PICTURES]
        described = sharpener.describe()
    assert one.described == described + ("" if strength == 1 else f", strength {strength:g}")
    for made in (list(one.pictures(iter(arrived()))), one.clip(arrived())):
        np.testing.assert_array_equal(made, wanted)
    assert strength == 0 or (np.array(wanted) != PICTURES).any()


def test_it_is_pickled_without_its_engine(model):
    one = ModelContender("row", model)
    wanted = one.clip(arrived())
    text = pickle.dumps(one)
    other = pickle.loads(text)
    assert other == one and (other.name, other.identity) == (one.name, one.identity)
    assert "sharpener" in vars(one) and len(text) < 500
    np.testing.assert_array_equal(other.clip(arrived()), wanted)


def test_the_identity_changes_with_everything_that_changes_the_output(model):
    def identities():
        return [
            ModelContender("row", model).identity,
            ModelContender("row", model, "onnxruntime").identity,
            ModelContender("row", model, strength=0.9).identity,
        ]

    first = identities()
    assert len(set(first)) == 3
    assert identities() == first
    assert ModelContender("other row", str(model), "openvino", 1, "f32", 1.0).identity == first[0]
    card = model.with_suffix(".json")
    card.write_text(json.dumps(json.loads(card.read_text()) | {"unshuffle": 8}))  # other edges
    padded = identities()
    write_onnx(model, random_convs(seed=1, width=4), 4, {"unshuffle": 8})
    assert len({*first, *padded, *identities()}) == 9


def test_the_identity_changes_with_the_engine_version(model, monkeypatch):
    before = ModelContender("row", model, "onnxruntime").identity
    monkeypatch.setattr("onnxruntime.__version__", "1000.0")
    assert ModelContender("row", model, "onnxruntime").identity != before


def test_description_of_a_model_contender(model):
    one, shipped = ModelContender("row", model), ModelContender("a", "fast")
    card = json.loads((Path(shipped_models.__file__).parent / "models" / "fast.json").read_text(encoding="utf-8"))
    assert (one.name, one.kind, one.mac_per_pixel) == ("row", "network", 61.5)
    assert (shipped.name, shipped.kind, shipped.mac_per_pixel) == ("a", "crispen", card["mac_per_pixel"])
    model.with_suffix(".json").unlink()
    assert ModelContender("row", model).mac_per_pixel is None


@pytest.mark.parametrize("wrong", [{"model": "fasst"}, {"model": "no.onnx"}, {"strength": 2.5}, {"precision": "f8"}])
def test_invalid_arguments_are_errors_at_once(model, wrong):
    with pytest.raises(CrispenError):
        ModelContender(**{"name": "row", "model": model} | wrong)


@pytest.mark.parametrize("wrong", [{"engine": "steam"}, {"threads": 0}])
def test_an_engine_that_cannot_be_opened_fails_each_picture(model, wrong):
    one = ModelContender("row", model, **wrong)
    assert all(isinstance(made, Failed) for made in one.pictures(arrived())) and isinstance(one.clip(arrived()), Failed)
    with pytest.raises(CrispenError):
        one.described  # noqa: B018


def test_a_file_that_is_no_network_fails_each_picture(model):
    model.write_bytes(b"not a network")
    (made, *others) = ModelContender("row", model).pictures(arrived())
    assert isinstance(made, Failed) and "tiny.onnx" in made.reason and "\n" not in made.reason and len(others) == 2
