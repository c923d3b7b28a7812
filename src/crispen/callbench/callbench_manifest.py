"""The manifest of a CallBench version: its pictures, how each input is made, and the hash of every one.

It is part of the package. So any run can say how much of CallBench it measured, and whether the inputs that its own
codecs and scalers made are bit for bit those of the published numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from crispen.callbench.case import Case
from crispen.callbench.case_builder import library_versions
from crispen.callbench.conditions import CALLBENCH, CLIPS, VERSION
from crispen.degrade.codecs import ENCODERS, encoder_options
from crispen.degrade.condition import Condition
from crispen.json_files import read_json

_FILE = Path(__file__).with_name("callbench_v1.json")


@dataclass(frozen=True)
class CallBenchManifest:
    """The contents of a manifest.

    Attributes:
        version: Version of CallBench.
        seed: Seed of motion and noise.
        libraries: The versions that made the inputs.
        pictures: {SHA-256 of the file: {"name", "category"}}, videos among them.
        conditions: How each input is made.
        inputs: {condition: {SHA-256 of the file: SHA-256 of the received luma}}, clips under "clip CONDITION".
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

    def differing(self, cases: Sequence[Case]) -> list[Case]:
        """Those of `cases` that it lacks, or has with another input."""
        return [
            case for case in cases if self.inputs.get(_key(case), {}).get(case.source_sha256) != case.received_sha256
        ]


@cache
def load_manifest() -> CallBenchManifest:
    """Reads the manifest of CallBench v1, which the package holds."""
    return CallBenchManifest(**read_json(_FILE))


def manifest_of(cases: Sequence[Case], categories: Mapping[str, str], seed: int) -> dict:
    """Makes the manifest, as JSON holds it, of these cases of this version of CallBench.

    Args:
        cases: Cases of pictures and clips.
        categories: {picture: category}.
        seed: Seed of motion and noise.
    """
    pictures, inputs = {}, {}
    for case in cases:
        pictures[case.source_sha256] = {"name": case.picture, "category": categories.get(case.picture, "clips")}
        inputs.setdefault(_key(case), {})[case.source_sha256] = case.received_sha256
    conditions = {name: entry.condition for name, entry in CALLBENCH.items()}
    conditions |= {f"clip {name}": condition for name, condition in CLIPS.items()}
    described = {name: _described(condition) for name, condition in conditions.items()}
    return asdict(CallBenchManifest(VERSION, seed, library_versions(), pictures, described, inputs))


def _described(condition: Condition) -> dict:
    """All fields of a condition and, of each codec, the encoder and its options, as they are at 1,000 kbit/s."""
    codecs = {name: codec for name in ("codec", "relay") if (codec := getattr(condition, name))}
    encoders = {
        name: {"encoder": ENCODERS[codec.name][0], "options_at_1000_kbits": encoder_options(codec, 1000)}
        for name, codec in codecs.items()
    }
    return asdict(condition) | ({"encoders": encoders} if encoders else {})


def _key(case: Case) -> str:
    """The condition's name, or "clip NAME" for a clip."""
    return f"clip {case.condition}" if case.is_clip else case.condition
