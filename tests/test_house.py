"""The structure of the source: sizes, unique names, and what is imported when. `lint-imports` checks the layers."""

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import crispen

ROOT = Path(crispen.__file__).parent
PRODUCT = [
    "telemetry", "errors", "cpus", "json_files", "processes", "frame", "media", "image", "video", "runtime", "files",
    "live", "serve", "batch",
]  # fmt: skip
LABORATORY_PACKAGES = {"torch", "cv2", "safetensors", "onnx", "matplotlib"}
OPTIONAL_PACKAGES = sorted(
    LABORATORY_PACKAGES
    | {"sdl2", "pyvirtualcam", "aiortc", "prometheus_client", "starlette", "uvicorn", "ray", "fsspec"}
)

MAX_FUNCTION_LINES = 60
MAX_FILES_IN_FOLDER = 20
MAX_SHARE_OF_PART = 0.18


def source_files(*parts: str) -> list[Path]:
    """Python files of these parts of `crispen`, or of all."""
    paths = sorted(ROOT.rglob("*.py"))
    if parts:
        paths = [path for path in paths if path.relative_to(ROOT).parts[0].removesuffix(".py") in parts]
    assert paths
    return paths


def test_functions_are_short():
    long = set()
    for path in source_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                if node.end_lineno - node.lineno + 1 > MAX_FUNCTION_LINES:
                    long.add(f"{path.relative_to(ROOT).as_posix()} {node.name}")
    assert sorted(long) == []


def test_folders_hold_at_most_20_files():
    counts = Counter(path.parent.relative_to(ROOT).as_posix() for path in source_files())
    assert [folder for folder, count in counts.items() if count > MAX_FILES_IN_FOLDER] == []


def test_no_part_holds_more_than_18_percent_of_the_lines():
    lines = Counter()
    for path in source_files():
        lines[path.relative_to(ROOT).parts[0]] += len(path.read_text(encoding="utf-8").splitlines())
    part, largest = lines.most_common(1)[0]
    assert largest <= MAX_SHARE_OF_PART * lines.total(), part


def test_source_file_names_are_unique():
    names = Counter(path.name for path in source_files() if path.name != "__init__.py")
    assert [name for name, count in names.items() if count > 1] == []


def test_test_file_names_are_unique():
    """pytest imports test files by name alone, and so do processes that tests start."""
    names = Counter(path.name for path in Path(__file__).parent.rglob("*.py") if path.name != "conftest.py")
    assert [name for name, count in names.items() if count > 1] == []


IMPORTERS = {"require", "import_without_telemetry", "import_module", "__import__"}


def imports_by_string(source: str) -> Iterator[str]:
    """Names of top-level packages that `source` imports through `require("name", ...)` and the like."""
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and ast.unparse(node.func).split(".")[-1] in IMPORTERS
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            yield str(node.args[0].value).partition(".")[0]


def test_imports_by_string_are_found():
    source = 'torch = require("torch.nn", "train")\nimport_module("ray")\nf(import_without_telemetry(name), "x")'
    assert list(imports_by_string(source)) == ["torch", "ray"]


def test_the_product_requires_no_package_of_the_laboratory():
    """`lint-imports` checks import statements; optional packages are imported by name."""
    found = [
        f"{path.relative_to(ROOT).as_posix()} {name}"
        for path in source_files(*PRODUCT)
        for name in imports_by_string(path.read_text(encoding="utf-8"))
        if name in LABORATORY_PACKAGES | {"crispen"}
    ]
    assert found == []


def run_python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_product_and_commands_import_without_optional_packages():
    """All but `serve`, whose modules need aiortc when they are imported."""
    paths = source_files(*(part for part in PRODUCT if part != "serve"), "apps")
    modules = [".".join(["crispen", *path.relative_to(ROOT).with_suffix("").parts]) for path in paths]
    modules = [name.removesuffix(".__init__") for name in modules]
    assert len(modules) > 100
    run_python(f"""
import importlib, sys
for name in {OPTIONAL_PACKAGES}:
    sys.modules[name] = None  # importing it raises ImportError
for name in {modules}:
    importlib.import_module(name)
""")


def test_a_command_that_lacks_its_packages_says_what_to_install(tmp_path):
    """Commands run without the optional packages; those that need one end in one line, not in a traceback."""
    run_python(f"""
import contextlib, io, sys
for name in {OPTIONAL_PACKAGES}:
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
    assert not {"numpy", "av", "PIL", "openvino", "onnxruntime", *OPTIONAL_PACKAGES} & set(loaded)


def test_the_public_names_are_there():
    assert all(getattr(crispen, name) for name in crispen.__all__)
    with pytest.raises(AttributeError, match="Sharpner"):
        crispen.Sharpner  # noqa: B018
