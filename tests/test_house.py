"""The house: each part imports only what stands above it, and a light part never needs what a heavy one does."""

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import crispen

ROOT = Path(crispen.__file__).parent
PARTS = [
    "telemetry", "errors", "cpus", "json_files", "processes", "frame", "media", "image", "video", "runtime", "files",
    "live", "serve", "batch", "degrade", "data", "model", "train", "export", "metrics", "filters", "speed", "pages",
    "callbench", "bench",
    "study", "compare", "apps",
]  # fmt: skip
SPEAKERS = ("openvino", "onnxruntime", "ray")  # crispen.telemetry imports them
HEAVY = [
    "torch", "cv2", "onnx", "matplotlib", "safetensors", "sdl2", "pyvirtualcam", "aiortc", "starlette", "uvicorn",
    "ray", "fsspec",
]  # fmt: skip


def imports_of(source: str, package: str) -> set[str]:
    """Absolute names of all modules of ours that `source` imports, inside functions too."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package.rsplit(".", node.level - 1)[0] + "." if node.level else ""
            module = base + (node.module or "")
            # `from crispen import data` names a module, `from crispen.frame import Frame` does not: both are taken
            found |= {module} | {f"{module}.{alias.name}".replace("..", ".") for alias in node.names}
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            found |= {arg.value for arg in node.args if isinstance(arg, ast.Constant)}
    return {name for name in found if name.partition(".")[0] == "crispen"}


def part_of(module: str) -> str | None:
    """The part that a module of ours belongs to; None for `crispen` itself."""
    return module.split(".")[1] if "." in module else None


def test_every_file_belongs_to_a_part():
    assert {path.stem for path in ROOT.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()} == {
        "__init__",
        *PARTS,
    }


@pytest.mark.parametrize("part", PARTS)
def test_a_part_imports_only_what_stands_above_it(part):
    allowed = PARTS[: PARTS.index(part) + 1]
    paths = [ROOT / f"{part}.py"] if (ROOT / f"{part}.py").exists() else sorted((ROOT / part).rglob("*.py"))
    assert paths
    below = []
    for path in paths:
        package = ".".join(["crispen", *path.relative_to(ROOT).parent.parts])
        for name in sorted(imports_of(path.read_text(encoding="utf-8"), package)):
            if part_of(name) in PARTS and part_of(name) not in allowed:
                below.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not below


def test_what_reports_its_use_is_imported_in_one_place_that_stops_it():
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        if path.parent.name == "platforms":  # programs that need no Crispen; they stop it themselves
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            found += [f"{path.name} {name}" for name in names if name.partition(".")[0] in SPEAKERS]
    assert not found


def test_what_the_test_reads_as_an_import():
    source = """
import crispen.apps.cli
from crispen import runtime
from . import sibling
from ..train import loop
def late():
    from crispen.export.onnx_export import write_onnx
    import_module("crispen.callbench.contender_scores")
    import numpy
"""
    found = imports_of(source, "crispen.media")
    assert {part_of(name) for name in found} == {None, "apps", "runtime", "media", "train", "export", "callbench"}


def run_python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_runtime_and_media_do_without_the_heavy_packages():
    media = [f"crispen.media.{path.stem}" for path in (ROOT / "media").glob("*.py") if path.stem != "__init__"]
    live = [f"crispen.live.{path.stem}" for path in (ROOT / "live").glob("*.py") if path.stem != "__init__"]
    commands = [f"crispen.apps.{path.stem}" for path in (ROOT / "apps").glob("*.py") if path.stem != "__init__"]
    assert len(media) > 5 and len(commands) > 5
    run_python(f"""
import importlib, sys
for name in {HEAVY}:
    sys.modules[name] = None  # importing it raises ImportError
for name in {sorted(media)} + ["crispen.runtime.sharpener"] + {sorted(live + commands)}:
    importlib.import_module(name)
""")


def test_a_command_that_lacks_its_packages_says_what_to_install(tmp_path):
    """Commands run without the heavy packages; those that need one end in one line, not in a traceback."""
    run_python(f"""
import contextlib, io, sys
for name in {HEAVY}:
    sys.modules[name] = None
from crispen.apps.cli import main
here = {str(tmp_path)!r}
for words in (["teach", here, here], ["distill", here, here], ["data", "build", here, here], ["eval", here],
              ["serve", "--port", "0"],
              ["batch", "s3://a", here],
              ["export", here + "/student.safetensors", "--to", "onnx", "-o", here + "/out"],
              ["export", "balanced", "--to", "onnx", "-o", here + "/out"]):
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        assert main(words) == 1, words
    line = said.getvalue()
    assert line.count("\\n") == 1 and "pip install 'crispen[" in line, (words, line)
""")


def test_importing_crispen_opens_no_engine():
    loaded = run_python("import sys, crispen; print(*{name.partition('.')[0] for name in sys.modules})").split()
    assert "crispen" in loaded
    assert not {"numpy", "av", "PIL", "openvino", "onnxruntime", *HEAVY} & set(loaded)


def test_the_public_names_are_there():
    assert all(getattr(crispen, name) for name in crispen.__all__)
    with pytest.raises(AttributeError, match="Sharpner"):
        crispen.Sharpner  # noqa: B018


def test_files_of_tests_have_names_of_their_own():
    """pytest, and the processes that tests start, import them by these names alone."""
    names = Counter(path.name for path in Path(__file__).parent.rglob("*.py") if path.name != "conftest.py")
    assert [name for name, count in names.items() if count > 1] == []
