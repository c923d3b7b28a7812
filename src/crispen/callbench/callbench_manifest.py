"""The manifest of a CallBench version: its pictures, how each input is made, and the hash of every one.

It is inside the package, so that any run can say how much of CallBench it measured, and whether what its own codecs and
scalers made is bit for bit what the published numbers were measured on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from crispen.callbench.picture_cases import Pair, library_versions
from crispen.degrade.codecs import ENCODERS, encoder_options
from crispen.degrade.condition import Condition
from crispen.json_files import read_json

_FILE = Path(__file__).with_name("callbench_v1.json")


@dataclass(frozen=True)
class Manifest:
    """pictures: {SHA-256 of the file: {"name", "category", "size"}}, videos among them. conditions: how each is made.

    inputs: {condition: {SHA-256 of the file: SHA-256 of the received luma}}, clips under "clip CONDITION".
    libraries: the versions that made them.
    """

    version: str
    seed: int
    libraries: Mapping[str, str]
    pictures: Mapping[str, dict]
    conditions: Mapping[str, dict]
    inputs: Mapping[str, Mapping[str, str]]

    def category(self, source_sha256: str) -> str | None:
        """The category of a picture; None for one that is not of CallBench."""
        return self.pictures.get(source_sha256, {}).get("category")

    def missing(self, hashes: set[str]) -> list[str]:
        """The names of its pictures that are not among the files of these hashes."""
        return [entry["name"] for digest, entry in self.pictures.items() if digest not in hashes]

    def differing(self, pairs: Sequence[Pair]) -> list[Pair]:
        """Those of `pairs` that it does not have, or has with another input."""
        return [pair for pair in pairs if self.inputs.get(key_of(pair), {}).get(source_of(pair)) != received_of(pair)]


@cache
def load_manifest() -> Manifest:
    """CallBench v1, as it is inside the package."""
    return Manifest(**read_json(_FILE))


def manifest_of(
    version: str, seed: int, pictures: Mapping[str, dict], conditions: Mapping[str, Condition], pairs: Sequence[Pair]
) -> dict:
    """What `load_manifest` reads, of these pairs. pictures: as in Manifest."""
    inputs: dict[str, dict[str, str]] = {}
    for pair in pairs:
        inputs.setdefault(key_of(pair), {})[source_of(pair)] = received_of(pair)
    damages = {name: _described(condition) for name, condition in conditions.items()}
    return asdict(Manifest(version, seed, library_versions(), pictures, damages, inputs))


def _described(condition: Condition) -> dict:
    """All fields of a condition and, of each codec, the encoder and its options, as they are at 1,000 kbit/s."""
    codecs = {name: codec for name in ("codec", "relay") if (codec := getattr(condition, name))}
    encoders = {
        name: {"encoder": ENCODERS[codec.name][0], "options_at_1000_kbits": encoder_options(codec, 1000)}
        for name, codec in codecs.items()
    }
    return asdict(condition) | ({"encoders": encoders} if encoders else {})


def key_of(pair: Pair) -> str:
    """The condition's name, or "clip NAME" for a clip."""
    return f"clip {pair.condition}" if "frames" in pair.record else pair.condition


def source_of(pair: Pair) -> str:
    """SHA-256 of the picture's or video's file."""
    return pair.record["source_sha256"]


def received_of(pair: Pair) -> str:
    """SHA-256 of the received plane."""
    return pair.record["received"]["sha256"]
