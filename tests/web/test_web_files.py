"""The files of the page and of the extension."""

import json
import re

import pytest

from crispen.web import web_files
from crispen.web.web_files import extension_files, page_files


def listed(files: dict[str, bytes]) -> tuple[list[str], str]:
    """The files that the service worker caches, and the name of its cache."""
    text = files["offline.js"].decode()
    names, cache = re.search(r"FILES = (\[.*\]);", text), re.search(r'NAME = "(.*)";', text)
    assert names and cache
    return json.loads(names[1]), cache[1]


def test_the_service_worker_caches_every_file_and_notices_each_change(monkeypatch):
    files = page_files()
    names, cache = listed(files)
    assert sorted(names) == sorted(["./", *(f"./{name}" for name in files if name != "offline.js")])
    assert listed(page_files())[1] == cache
    models = web_files.shipped_web_files()
    name = min(models)
    models[name] = models[name][:-1] + bytes([models[name][-1] ^ 1])
    monkeypatch.setattr(web_files, "shipped_web_files", lambda: models)
    assert listed(page_files())[1] != cache


@pytest.mark.parametrize("files", [page_files, extension_files])
def test_files_that_files_name_are_there(files):
    found = files()
    pages = [name for name in found if name.endswith(".html")]
    assert pages and not any(b"@FILES@" in data for data in found.values())
    for page in pages:
        for name in re.findall(r'(?:src|href)="(?:\./)?([\w./-]+)"', found[page].decode()):
            assert name in found, f"{page} names {name}"


def test_files_that_the_manifest_names_are_there():
    found = extension_files()
    manifest = json.loads(found["manifest.json"])
    named = [manifest["background"]["service_worker"], manifest["action"]["default_popup"], *manifest["icons"].values()]
    assert [name for name in named if name not in found] == []
