"""What an ONNX file is made of, looked at before an engine runs it, and without the onnx package."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from crispen.errors import CrispenError

MOST_BYTES = 64_000_000  # the largest that ships has 53,000
_MOST_NODES = 2000  # the largest that ships has 40
_ENDLESS = {"Loop", "Scan", "If", "SequenceMap"}  # hold graphs of their own
# Fields of ModelProto, GraphProto and NodeProto in onnx.proto.
_GRAPH, _FUNCTIONS, _NODE, _OPERATOR = 7, 25, 1, 4


def check_network(path: Path) -> None:
    """Raises CrispenError for a file that is too large or no ONNX, and for loops, which need not end.

    Engines run what they can while they open a file, so that it would be too late to look at it then.
    """
    if path.stat().st_size > MOST_BYTES:
        raise CrispenError(f"{path} has more than {MOST_BYTES // 10**6} MB, which no model for Crispen needs")
    try:
        model = list(_fields(memoryview(path.read_bytes())))
        nodes = [node for graph in _parts(model, _GRAPH) for node in _parts(_fields(graph), _NODE)]
        operators = {bytes(name).decode() for node in nodes for name in _parts(_fields(node), _OPERATOR)}
    except (ValueError, IndexError) as error:
        raise CrispenError(f"{path} is damaged or no ONNX file ({error}); export it again") from None
    loops = sorted(operators & _ENDLESS) + ["functions"] * any(field == _FUNCTIONS for field, _ in model)
    if loops or len(nodes) > _MOST_NODES:
        reason = f"holds {', '.join(loops)}" if loops else f"has {len(nodes)} operators, more than {_MOST_NODES}"
        raise CrispenError(f"{path} {reason}, which may run without end; use one of: crispen export")


def _parts(fields: Iterable[tuple[int, memoryview | int]], wanted: int) -> Iterator[memoryview]:
    return (value for field, value in fields if field == wanted and isinstance(value, memoryview))


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview | int]]:
    """(number, value) of each field of a message in Protocol Buffers' wire format."""
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
            raise ValueError("a part reaches beyond its end")
        yield key >> 3, message[at : at + length]
        at += length


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, the lowest first, and where it ends."""
    value = 0
    for shift in range(0, 70, 7):
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise ValueError("a number has more than ten bytes")
