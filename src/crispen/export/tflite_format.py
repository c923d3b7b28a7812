"""The file format of LiteRT (formerly TensorFlow Lite), built tensor by tensor and operator by operator.

Uses the schema that comes with the runtime; the format is described at https://ai.google.dev/edge/litert.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from crispen.errors import require

_IDENTIFIER, _SCHEMA_VERSION = b"TFL3", 3
# The operators used, each in the version that supports its types here; an older runtime reports the version.
_VERSIONS = {
    "SPACE_TO_DEPTH": 2,
    "DEPTH_TO_SPACE": 2,
    "STRIDED_SLICE": 2,
    "CONCATENATION": 2,
    "QUANTIZE": 2,
    "DEQUANTIZE": 3,
    "CONV_2D": 3,
    "MUL": 1,
    "ADD": 2,
}


# (step, zero): an integer n represents (n - zero) * step; of weights, step is (O,), one for each output channel.
Scale = tuple[Any, int]


@dataclass(frozen=True)
class Tensor:
    """A tensor of the file; dtype is numpy's name."""

    index: int
    shape: tuple[int, ...]
    dtype: str
    scale: Scale | None = None


class TfliteModel:
    """One graph.

    Args:
        any_size: Height and width of the tensors can be changed by resizing an input.

    Raises:
        CrispenError: The runtime, which contains the schema, is not installed.
    """

    def __init__(self, any_size: bool):
        self._schema = require("ai_edge_litert.schema_py_generated")
        self._any_size = any_size
        self._buffers = [self._schema.BufferT()]  # buffer 0 is empty, for computed tensors
        self._tensors: list = []
        self._kinds: list[str] = []
        self._nodes: list = []

    def tensor(
        self, name: str, shape: Sequence[int], dtype: str, scale: Scale | None = None, buffer: int = 0
    ) -> Tensor:
        """Adds a tensor that is an input or is computed by a node."""
        made = self._schema.TensorT()
        made.name, made.shape, made.buffer = name.encode(), list(shape), buffer
        made.type = getattr(self._schema.TensorType, dtype.upper())
        if self._any_size and not buffer and len(shape) == 4:
            made.shapeSignature = [shape[0], -1, -1, shape[3]]
        if scale is not None:
            made.quantization = self._schema.QuantizationParametersT()
            made.quantization.scale = np.atleast_1d(scale[0]).astype(np.float32)
            made.quantization.zeroPoint = np.full(len(made.quantization.scale), scale[1], np.int64)
        self._tensors.append(made)
        return Tensor(len(self._tensors) - 1, tuple(shape), dtype, scale)

    def constant(self, name: str, value: np.ndarray, scale: Scale | None = None) -> Tensor:
        """Adds a constant; the steps of its `scale` belong to the first axis."""
        buffer = self._schema.BufferT()
        buffer.data = np.frombuffer(value.astype(value.dtype.newbyteorder("<")).tobytes(), np.uint8)
        self._buffers.append(buffer)
        return self.tensor(name, value.shape, value.dtype.name, scale, len(self._buffers) - 1)

    def node(
        self,
        kind: str,
        inputs: Sequence[Tensor],
        name: str,
        dtype: str | None = None,
        scale: Scale | None = None,
        shape: Sequence[int] | None = None,
        options: Mapping[str, int] | None = None,
    ) -> Tensor:
        """Adds an operator and returns its output.

        Args:
            kind: The operator's name in the schema.
            inputs: Its inputs.
            name: Name of the output.
            dtype: Dtype of the output; None copies dtype and scale of the first input.
            scale: Scale of the output.
            shape: Shape of the output; None copies that of the first input.
            options: Fields of the operator's options in the schema.
        """
        source = inputs[0]
        scale = scale if dtype else source.scale
        output = self.tensor(name, shape or source.shape, dtype or source.dtype, scale)
        if kind not in self._kinds:
            self._kinds.append(kind)
        made = self._schema.OperatorT()
        made.opcodeIndex = self._kinds.index(kind)
        made.inputs, made.outputs = [each.index for each in inputs], [output.index]
        table = "".join(word.capitalize() for word in kind.split("_")).replace("2d", "2D") + "Options"
        made.builtinOptionsType = getattr(self._schema.BuiltinOptions, table)
        made.builtinOptions = getattr(self._schema, f"{table}T")()
        for field, value in (options or {}).items():
            setattr(made.builtinOptions, field, value)
        self._nodes.append(made)
        return output

    def code(self, table: str, name: str) -> int:
        """A value of an enumeration in the schema, such as ("Padding", "SAME")."""
        return getattr(getattr(self._schema, table), name)

    def serialize(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> bytes:
        """The complete file."""
        flatbuffers = require("flatbuffers")
        graph, model = self._schema.SubGraphT(), self._schema.ModelT()
        graph.name, graph.tensors, graph.operators = b"crispen", self._tensors, self._nodes
        graph.inputs, graph.outputs = [each.index for each in inputs], [each.index for each in outputs]
        model.version, model.description = _SCHEMA_VERSION, b"crispen"
        model.subgraphs, model.buffers = [graph], self._buffers
        model.operatorCodes = [self._operator(kind) for kind in self._kinds]
        model.signatureDefs = [self._signature(inputs, outputs)]
        builder = flatbuffers.Builder(1 << 16)
        builder.Finish(model.Pack(builder), _IDENTIFIER)
        return bytes(builder.Output())

    def _operator(self, kind: str):
        made = self._schema.OperatorCodeT()
        made.builtinCode = getattr(self._schema.BuiltinOperator, kind)
        made.deprecatedBuiltinCode, made.version = min(made.builtinCode, 127), _VERSIONS[kind]
        return made

    def _signature(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]):
        """The signature, by which callers address inputs and outputs by name."""
        made = self._schema.SignatureDefT()
        made.signatureKey, made.subgraphIndex = b"serving_default", 0
        made.inputs, made.outputs = self._ports(inputs), self._ports(outputs)
        return made

    def _ports(self, tensors: Sequence[Tensor]) -> list:
        ports = []
        for tensor in tensors:
            port = self._schema.TensorMapT()
            port.name, port.tensorIndex = self._tensors[tensor.index].name, tensor.index
            ports.append(port)
        return ports
