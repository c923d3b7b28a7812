import hashlib
import json

import pytest

from crispen.callbench.callbench_manifest import CallBenchManifest, load_manifest, manifest_of
from crispen.callbench.case_builder import build_pictures
from crispen.callbench.picture_cases import find_pictures
from crispen.degrade.core_conditions import CORE

CONDITIONS = {name: CORE[name] for name in ("bicubic-x2", "low-light")}


@pytest.fixture(scope="module")
def cases(folder, tmp_path_factory):
    return build_pictures(find_pictures(folder), CONDITIONS, tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def manifest(folder, cases):
    data = manifest_of(cases, dict.fromkeys(find_pictures(folder), "people"), 1)
    assert data["pictures"] == {
        hashlib.sha256(path.read_bytes()).hexdigest(): {"name": name, "category": "people"}
        for name, path in find_pictures(folder).items()
    }
    return CallBenchManifest(**json.loads(json.dumps(data)))


def test_inputs_that_were_built_again_are_those_of_the_manifest(folder, manifest, tmp_path):
    again = build_pictures(find_pictures(folder), CONDITIONS, tmp_path)
    assert manifest.differing(again) == []


def test_another_seed_differs_where_there_is_noise_and_only_there(folder, manifest, tmp_path):
    other = build_pictures(find_pictures(folder), CONDITIONS, tmp_path, seed=2)
    assert {case.condition for case in manifest.differing(other)} == {"low-light"}


def test_a_picture_that_it_does_not_have_differs(folder, manifest, cases):
    strange = CallBenchManifest("v0", 1, {}, {}, {}, {})
    assert strange.differing(cases) == cases
    assert strange.category("00") is None and strange.missing(set()) == []


def test_missing_pictures_are_named_and_the_others_known(folder, manifest):
    (one, other) = manifest.pictures
    assert manifest.missing({one}) == [manifest.pictures[other]["name"]]
    assert manifest.category(one) == "people"
    assert manifest.missing({one, other}) == []


def test_it_says_how_an_input_is_made(manifest):
    assert manifest.conditions["low-light"]["codec"]["name"] == "h264"
    assert manifest.conditions["low-light"]["photons"] == CORE["low-light"].photons
    assert {"av", "libavcodec", "opencv"} <= manifest.libraries.keys()


def test_the_packaged_manifest_is_complete():
    shipped = load_manifest()
    assert shipped.version == "v1"
    assert CORE.keys() <= shipped.conditions.keys()
    stills = {digest for digest, entry in shipped.pictures.items() if entry["category"] != "clips"}
    for name in CORE:
        assert shipped.inputs[name].keys() == stills
        assert all(len(digest) == 64 for digest in shipped.inputs[name].values())
