"""SharpenerConfig: the settings of a Sharpener."""

from dataclasses import fields
from inspect import signature
from pathlib import Path

import numpy as np
import pytest

from crispen import CrispenError, Sharpener
from crispen.runtime.sharpener_config import SharpenerConfig


def test_it_has_the_arguments_and_defaults_of_sharpener():
    arguments = {name: each.default for name, each in signature(Sharpener).parameters.items()}
    assert {field.name: field.default for field in fields(SharpenerConfig)} == arguments


def test_a_sharpener_of_a_config_has_its_settings():
    config = SharpenerConfig("fast", "onnxruntime", 1, 0.5, "f32", "small")
    with Sharpener.from_config(config) as sharpener:
        assert sharpener.config == config
        assert sharpener.describe() == "fast (small), onnxruntime, f32, 1 thread"
        assert sharpener.strength == 0.5


def test_values_are_converted_to_plain_types():
    config = SharpenerConfig(Path("a.onnx"), threads=np.int32(2), strength=np.float32(0.5))
    assert type(config.threads) is int and type(config.strength) is float
    assert hash(config) == hash(SharpenerConfig(Path("a.onnx"), threads=2, strength=0.5))


@pytest.mark.parametrize("wrong", [{"strength": 2.5}, {"threads": 0}, {"threads": 257}])
def test_a_value_out_of_range_is_refused(wrong):
    with pytest.raises(CrispenError, match="must be between"):
        SharpenerConfig(**wrong)


@pytest.mark.parametrize("wrong", [{"model": "fasst"}, {"precision": "f8"}, {"stream": "full "}])
def test_a_model_that_does_not_exist_is_refused_when_it_is_looked_for(wrong):
    with pytest.raises(CrispenError, match="choose"):
        SharpenerConfig(**wrong).find_model()
