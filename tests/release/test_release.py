"""tools/release.py: versions in step, and the same bytes from the same sources."""

import hashlib
import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

import release
from crispen import __version__
from crispen.errors import CrispenError


@pytest.fixture
def copy(tmp_path):
    """A folder with the files that state the version."""
    for name in (*release.PLACES, "CHANGELOG.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(release.ROOT / name, tmp_path / name)
    return tmp_path


def unreleased(root: Path) -> None:
    (root / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n\n- new\n\n## 0.1.0\n\n- old\n", encoding="utf-8")


def test_the_version_is_the_same_everywhere():
    assert release.check() == __version__


def test_a_new_version_is_written_everywhere(copy):
    unreleased(copy)
    before = {name: (copy / name).read_text("utf-8") for name in release.PLACES}
    release.set_version("12.3.45", copy)
    assert release.check(copy) == "12.3.45"
    assert release.notes(copy) == "- new\n"
    for name, text in before.items():
        changed = [
            (old, new)
            for old, new in zip(text.splitlines(), (copy / name).read_text("utf-8").splitlines(), strict=True)
            if old != new
        ]
        assert changed and all(new == old.replace(__version__, "12.3.45") for old, new in changed)
    package, lock = (
        json.loads((copy / "web" / name).read_text("utf-8")) for name in ("package.json", "package-lock.json")
    )
    assert {package["version"], lock["version"], lock["packages"][""]["version"]} == {"12.3.45"}


@pytest.mark.parametrize("name", [*release.PLACES, "CHANGELOG.md"])
def test_a_place_with_another_version_is_named(copy, name):
    path = copy / name
    path.write_text(path.read_text("utf-8").replace(__version__, "9.9.9"), encoding="utf-8")
    with pytest.raises(CrispenError, match=rf"{name} has 9\.9\.9"):
        release.check(copy)


@pytest.mark.parametrize("version", ["1.2", "v1.2.3", "1.2.3rc1", "1.2.3.4", ""])
def test_versions_that_a_browser_does_not_take_are_refused(copy, version):
    unreleased(copy)
    with pytest.raises(CrispenError, match="three numbers"):
        release.set_version(version, copy)
    assert release.PLACES.keys() == {name for name in release.PLACES if __version__ in (copy / name).read_text("utf-8")}


def test_a_version_without_changes_is_refused(copy):
    (copy / "CHANGELOG.md").write_text("# Changelog\n\n## 0.1.0\n", encoding="utf-8")
    with pytest.raises(CrispenError, match="no section 'Unreleased'"):
        release.set_version("0.2.0", copy)


def test_a_tag_of_another_version_builds_nothing(tmp_path):
    with pytest.raises(CrispenError, match=r"needs version 9\.9\.9"):
        release.build(tmp_path / "out", "v9.9.9")
    assert list(tmp_path.iterdir()) == []


def test_pages_that_are_not_those_of_the_sources_build_nothing(tmp_path, monkeypatch):
    run = []

    def fail(words, place, environment):
        run.append(words[1:])
        if "check:pages" in words:
            raise subprocess.CalledProcessError(1, words)

    monkeypatch.setattr(release, "_run", fail)
    monkeypatch.setattr(release, "_commit_time", lambda: "0")
    monkeypatch.setattr(release.shutil, "which", lambda name: name)
    with pytest.raises(subprocess.CalledProcessError):
        release.build(tmp_path / "out")
    assert run == [["ci", "--no-audit", "--no-fund"], ["run", "check:pages"]]
    assert list(tmp_path.iterdir()) == []


def test_a_zip_file_depends_on_its_files_alone(tmp_path):
    files = {"b/c.js": b"1" * 100, "a.json": b"{}"}
    release.write_zip(tmp_path / "one.zip", files)
    release.write_zip(tmp_path / "two.zip", dict(reversed(files.items())))
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == files


@pytest.mark.slow
def test_two_builds_of_the_python_packages_are_the_same_bytes(tmp_path, monkeypatch):
    pytest.importorskip("build", reason="needs the extra release")
    pytest.importorskip("hatchling", reason="needs the extra release")
    sums = []
    for name, mask in (("one", 0o022), ("two", 0o077)):
        copied = tmp_path / name
        ignored = shutil.ignore_patterns("__pycache__")
        previous = os.umask(mask)
        try:
            for part in ("src", "shell"):
                shutil.copytree(release.ROOT / part, copied / part, ignore=ignored, copy_function=shutil.copyfile)
            for file in ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", ".gitignore"):
                shutil.copyfile(release.ROOT / file, copied / file)
            monkeypatch.setattr(release, "ROOT", copied)
            release.python_packages(copied / "dist", os.environ | {"SOURCE_DATE_EPOCH": "1700000000"})
        finally:
            os.umask(previous)
        built = sorted((copied / "dist").iterdir())
        assert [path.name.partition("-")[2] for path in built] == [
            f"{__version__}-py3-none-any.whl",
            f"{__version__}.tar.gz",
        ]
        sums.append([hashlib.sha256(path.read_bytes()).hexdigest() for path in built])
    assert sums[0] == sums[1]
    with zipfile.ZipFile(built[0]) as wheel:
        names = {name for name in wheel.namelist() if name.startswith("crispen/")}
    sources = {
        path.relative_to(release.ROOT / "src").as_posix()
        for path in (release.ROOT / "src" / "crispen").rglob("*")
        if path.is_file()
    }
    assert names == sources
