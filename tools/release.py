"""Checks the versions, and builds the files of a release (docs/release.md).

    python tools/release.py check                     # the version is the same everywhere
    python tools/release.py set 0.2.0                 # writes it everywhere
    python tools/release.py build FOLDER [--tag v0.2.0]

`build` needs the extra `release`, Node.js and npm. The same commit gives the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from crispen.errors import CrispenError, UsageError
from crispen.media.atomic_output import atomic_folder
from crispen.web.web_files import extension_files

ROOT = Path(__file__).parent.parent
PLACES = {  # file -> pattern whose group is the version; PyPI reads that of crispen/__init__.py
    "src/crispen/__init__.py": r'^__version__ = "(.*)"$',
    "web/package.json": r'^  "version": "(.*)",$',
    "web/package-lock.json": r'"name": "crispen-web",\s+"version": "(.*)",$',
    "web/src/extension/manifest.json": r'^  "version": "(.*)",$',
    "src/crispen/web/built/extension/manifest.json": r'^  "version": "(.*)",$',
    "shell/crispen.1": r'"crispen (.*)" "Crispen"$',
    "deploy/kubernetes.yaml": r"image: registry\.example\.org/crispen-\w+:(.*)$",
}
_RELEASED = re.compile(r"^## (\d\S*).*$", re.MULTILINE)
_UNRELEASED = re.compile(r"^## Unreleased$", re.MULTILINE)


def check(root: Path = ROOT) -> str:
    """The version. Raises CrispenError if it is not the same in all PLACES and in CHANGELOG.md."""
    found = {name: set(re.findall(pattern, _text(root / name), re.MULTILINE)) for name, pattern in PLACES.items()}
    found["CHANGELOG.md"] = set(_RELEASED.findall(_text(root / "CHANGELOG.md"))[:1])
    if len(set.union(*found.values())) != 1 or not all(found.values()):
        differing = ", ".join(f"{name} has {' and '.join(sorted(each)) or 'none'}" for name, each in found.items())
        raise CrispenError(f"the version is not the same everywhere: {differing}; run: python tools/release.py set")
    return found["CHANGELOG.md"].pop()


def set_version(version: str, root: Path = ROOT) -> None:
    """Writes the version into all PLACES, and makes CHANGELOG.md's section "Unreleased" that of this version."""
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise UsageError(f"{version} is not a version; write three numbers, such as 0.2.0, which is what browsers take")
    changelog = _text(root / "CHANGELOG.md")
    if not _UNRELEASED.search(changelog):
        raise CrispenError("CHANGELOG.md has no section 'Unreleased'; write what has changed")
    (root / "CHANGELOG.md").write_text(_UNRELEASED.sub(f"## {version}", changelog), encoding="utf-8", newline="\n")
    for name, pattern in PLACES.items():
        text = re.sub(
            pattern, lambda match: match[0].replace(match[1], version), _text(root / name), flags=re.MULTILINE
        )
        (root / name).write_text(text, encoding="utf-8", newline="\n")


def notes(root: Path = ROOT) -> str:
    """The text of CHANGELOG.md's first section."""
    return re.split(r"^## .*$", _text(root / "CHANGELOG.md"), flags=re.MULTILINE)[1].strip() + "\n"


def build(folder: Path, tag: str | None = None) -> None:
    """Writes the files of a release: packages, extension, bill of materials, notes, checksums.

    Args:
        folder: The folder; it must not exist or be empty.
        tag: The git tag of the release; None for a trial.

    Raises:
        CrispenError: The versions differ, or the tag is not that of the version or comes before CHANGELOG.md has its
            section.
        subprocess.CalledProcessError: A program failed; it has said why.
    """
    version = check()
    if tag and (tag != f"v{version}" or _UNRELEASED.search(_text(ROOT / "CHANGELOG.md"))):
        raise CrispenError(
            f"{tag} needs version {tag[1:]} and no section 'Unreleased'; run: python tools/release.py set"
        )
    environment = os.environ | {"SOURCE_DATE_EPOCH": os.environ.get("SOURCE_DATE_EPOCH") or _commit_time()}
    environment["PATH"] = str(Path(sys.executable).parent) + os.pathsep + os.environ["PATH"]
    check_pages(environment)
    with atomic_folder(folder, frozenset()) as part:
        python_packages(part, environment)
        web_package(part, environment)
        write_zip(part / f"crispen-extension-{version}.zip", extension_files())
        (wheel,) = part.glob("*.whl")
        bill_of_materials(part / f"crispen-{version}.cdx.json", wheel, environment)
        (part / "RELEASE_NOTES.md").write_text(notes(), encoding="utf-8", newline="\n")
        sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(part.iterdir())]
        (part / "SHA256SUMS").write_text("".join(sums), encoding="utf-8", newline="\n")
    print("".join(f"{path.stat().st_size:>9,} {path}\n" for path in sorted(folder.iterdir())), end="")


def python_packages(folder: Path, environment: dict[str, str]) -> None:
    """Writes the source distribution, and the wheel that is built from it."""
    _run([sys.executable, "-m", "build", "--no-isolation", "--outdir", folder.resolve()], ROOT, environment)


def check_pages(environment: dict[str, str]) -> None:
    """Checks that the built pages, which the Python packages contain, are those of the sources; `build` writes them."""
    _npm(["ci", "--no-audit", "--no-fund"], environment)
    _npm(["run", "check:pages"], environment)


def web_package(folder: Path, environment: dict[str, str]) -> None:
    """Writes the npm package of the browser library. `check_pages` must run before."""
    for words in (["run", "models"], ["run", "build"], ["pack", "--pack-destination", str(folder.resolve())]):
        _npm(words, environment)


def write_zip(path: Path, files: dict[str, bytes]) -> None:
    """Writes a ZIP file whose bytes depend only on `files`."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name)  # of 1980
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name], zipfile.ZIP_DEFLATED, 9)


def bill_of_materials(path: Path, wheel: Path, environment: dict[str, str]) -> None:
    """Writes what `pip install crispen` installs, in CycloneDX JSON; it names this machine's platform."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "environment")
        _run([sys.executable, "-m", "venv", "--without-pip", place], ROOT, environment)
        python = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        _run([sys.executable, "-m", "pip", "--python", python, "install", "-q", wheel], ROOT, environment)
        for record in place.rglob("direct_url.json"):  # where the wheel was, in a temporary folder
            record.unlink()
        project = Path(folder, "pyproject.toml")
        stated = f'version = "{wheel.name.split("-")[1]}"'  # cyclonedx-py takes it from no other file
        project.write_text(_text(ROOT / "pyproject.toml").replace('dynamic = ["version"]', stated), encoding="utf-8")
        maker = [sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible", "--pyproject", project]
        _run([*maker, "-o", path, python], ROOT, environment)


def _commit_time() -> str:
    """When the commit was made, in seconds since 1970."""
    words = ["git", "log", "-1", "--format=%ct"]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def _npm(words: list[str], environment: dict[str, str]) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise CrispenError("npm is not installed; install Node.js")
    _run([npm, *words], ROOT / "web", environment)


def _run(words: list, place: Path, environment: dict[str, str]) -> None:
    subprocess.run([*map(str, words)], cwd=place, env=environment, stdout=sys.stderr, check=True)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks and builds a release.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="check that the version is the same everywhere, and print it")
    commands.add_parser("set", help="write the version everywhere").add_argument("version")
    builder = commands.add_parser("build", help="write the files of a release")
    builder.add_argument("folder", type=Path)
    builder.add_argument("--tag", help="the git tag; without it, a trial")
    args = parser.parse_args()
    try:
        if args.command == "check":
            print(check())
        elif args.command == "set":
            set_version(args.version)
        else:
            build(args.folder, args.tag)
    except CrispenError as error:
        print(f"release: {error}", file=sys.stderr)
        return error.exit_status
    except subprocess.CalledProcessError as error:
        print(f"release: {' '.join(map(str, error.cmd))} failed with {error.returncode}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
