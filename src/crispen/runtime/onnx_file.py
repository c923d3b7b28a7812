"""Reads the structure of an ONNX file without the onnx package, and checks it before an engine opens the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from crispen.errors import CrispenError

MAX_BYTES = 64_000_000  # the largest file that ships has 53,000
_MAX_NODES = 2000  # the largest file that ships has 40
_SUBGRAPHS = {"Loop", "Scan", "If", "SequenceMap"}  # operators that hold graphs of their own
_QUANTIZED = {"QuantizeLinear", "DequantizeLinear"}
# Field numbers of ModelProto, GraphProto and NodeProto in onnx.proto.
_GRAPH, _FUNCTIONS, _NODE, _OP_TYPE = 7, 25, 1, 4

Value = memoryview | int


def check_network(path: Path) -> None:
    """Refuses files that an engine should not open: engines run parts of a network while they open it.

    Raises:
        CrispenError: If the file is larger than 64 MB, is not an ONNX file, has more than 2000 nodes, or has loops,
            branches or functions, which might run without end.
    """
    operators, has_functions = _operators(path)
    forbidden = sorted(_SUBGRAPHS & {*operators}) + ["functions"] * has_functions
    if forbidden or len(operators) > _MAX_NODES:
        reason = f"has {', '.join(forbidden)}" if forbidden else f"has {len(operators)} nodes, more than {_MAX_NODES}"
        raise CrispenError(f"{path} {reason}, which may run without end; use a file written by: crispen export")


def is_int8(path: Path) -> bool:
    """Whether the network at `path` is quantized. Raises CrispenError if it is too large or not an ONNX file."""
    return bool(_QUANTIZED & {*_operators(path)[0]})


def _operators(path: Path) -> tuple[list[str], bool]:
    """The operator of each node, and whether the file defines functions."""
    if path.stat().st_size > MAX_BYTES:
        raise CrispenError(f"{path} has more than {MAX_BYTES // 10**6} MB, which no Crispen model needs")
    try:
        model = list(fields(memoryview(path.read_bytes())))
        graphs = [fields(graph) for graph in messages(model, _GRAPH)]
        nodes = [node for graph in graphs for node in messages(graph, _NODE)]
        operators = [bytes(name).decode() for node in nodes for name in messages(fields(node), _OP_TYPE)]
    except (ValueError, IndexError) as error:
        raise CrispenError(f"{path} is damaged or not an ONNX file ({error}); export it again") from None
    if not nodes:
        raise CrispenError(f"{path} is not an ONNX file, or has no nodes; export it again")
    return operators, any(number == _FUNCTIONS for number, _ in model)


def messages(found: Iterable[tuple[int, Value]], number: int) -> Iterator[memoryview]:
    """Values of the fields with this number: messages, strings and bytes."""
    return (value for field, value in found if field == number and isinstance(value, memoryview))


def fields(message: memoryview) -> Iterator[tuple[int, Value]]:
    """(number, value) of each field of a message in the wire format of Protocol Buffers.

    Raises ValueError or IndexError if the message is damaged.
    """
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        if key & 7 == 0:
            value, at = _varint(message, at)
            yield key >> 3, value
            continue
        if key & 7 == 2:
            length, at = _varint(message, at)
        else:
            length = {1: 8, 5: 4}.get(key & 7, len(message) + 1)
        if at + length > len(message):
            raise ValueError("a field reaches beyond the end of its message")
        yield key >> 3, message[at : at + length]
        at += length


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, the lowest first, and the position after it."""
    value = 0
    for shift in range(0, 70, 7):
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise ValueError("a number has more than ten bytes")
