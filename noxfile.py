"""Tasks of contributors and of CI: `nox --list` names them, `nox -s lint types` runs some.

They run in the environment that nox itself is installed in (`pip install -e '.[dev]'`).
Arguments after `--` go to the program: `nox -s tests -- tests/runtime -k router`.
"""

import os
import shutil
import sys
from pathlib import Path

import nox

nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "types", "imports", "tests"]
os.environ["PATH"] = str(Path(sys.executable).parent) + os.pathsep + os.environ["PATH"]

SOURCES = ["src", "tests", "tools", "examples", "callbench", "noxfile.py"]
IN_TWO_PROCESSES = ["-n", "2", "--dist", "loadfile"]
ALL = ["-m", "slow or not slow"]
MAX_WHEEL = 8_000_000  # bytes


@nox.session
def tests(session: nox.Session) -> None:
    """The tests without the slow ones."""
    session.run("python", "-m", "pytest", *IN_TWO_PROCESSES, *session.posargs, external=True)


@nox.session
def slow(session: nox.Session) -> None:
    """All tests."""
    session.run("python", "-m", "pytest", *IN_TWO_PROCESSES, *ALL, *session.posargs, external=True)


@nox.session
def coverage(session: nox.Session) -> None:
    """All tests, with the share of lines that they run; fails below the floor in pyproject.toml."""
    measured = ["--cov", "--cov-report", "term:skip-covered"]
    session.run("python", "-m", "pytest", *IN_TWO_PROCESSES, *ALL, *measured, *session.posargs, external=True)


@nox.session
def lint(session: nox.Session) -> None:
    """Style, complexity and format of the Python source."""
    session.run("ruff", "check", *SOURCES, external=True)
    session.run("ruff", "format", "--check", *SOURCES, external=True)


@nox.session
def types(session: nox.Session) -> None:
    """Types: basic everywhere, strict in the product."""
    for project in ("pyproject.toml", "pyright-product.json"):
        session.run("pyright", "-p", project, "--pythonpath", sys.executable, *session.posargs, external=True)


@nox.session
def imports(session: nox.Session) -> None:
    """Which part may import which: the contracts in pyproject.toml."""
    session.run("lint-imports", "--no-cache", external=True)


@nox.session
def docs(session: nox.Session) -> None:
    """The site of the documentation, into build/site; a warning is an error."""
    quiet = {"NO_MKDOCS_2_WARNING": "1"}  # an advertisement
    session.run("mkdocs", "build", "--strict", *session.posargs, external=True, env=quiet)


@nox.session
def web(session: nox.Session) -> None:
    """Types and style of the browser part, and whether the built pages are up to date. Needs Node.js and npm."""
    with session.chdir("web"):
        session.run("npm", "ci", "--no-audit", "--no-fund", external=True)
        session.run("npm", "run", "check", external=True)
        session.run("npm", "run", "check:pages", external=True)


@nox.session
def wheel(session: nox.Session) -> None:
    """The wheel: its size, and in a fresh environment the page and the extension in Chromium, if that is installed."""
    folder = Path(session.create_tmp()).resolve()
    shutil.rmtree(folder)
    session.run("python", "-m", "pip", "wheel", "-q", "--no-deps", "--wheel-dir", str(folder), ".", external=True)
    (built,) = folder.glob("*.whl")
    size = built.stat().st_size
    session.log(f"{built.name} has {size:,} bytes")
    if size > MAX_WHEEL:
        session.error(f"the wheel may have {MAX_WHEEL:,} bytes at most")
    session.run("python", "-m", "venv", str(folder / "venv"), external=True)
    programs = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
    session.run(str(programs / "python"), "-m", "pip", "install", "-q", str(built), external=True)
    crispen, unpacked = str(programs / "crispen"), str(folder / "unpacked")
    session.run(crispen, "web", "--unpack", unpacked, external=True)
    if not (shutil.which("npm") and any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))):
        session.skip("the page and the extension were not opened: that needs Chromium, Node.js and npm")
    with session.chdir("web"):
        if not Path("node_modules").exists():
            session.run("npm", "ci", "--no-audit", "--no-fund", external=True)
        tests = ["tests/wheel.js", "tests/call/extension.test.js"]
        session.run("node", "--test", *tests, external=True, env={"CRISPEN": crispen, "UNPACKED": unpacked})
