"""Tasks of contributors and of CI: `nox --list` names them, `nox -s lint types` runs some.

They run in the environment that nox itself is installed in (`pip install -e '.[dev]'`).
Arguments after `--` go to the program: `nox -s tests -- tests/runtime -k router`.
"""

import os
import sys
from pathlib import Path

import nox

nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "types", "imports", "tests"]
os.environ["PATH"] = str(Path(sys.executable).parent) + os.pathsep + os.environ["PATH"]

SOURCES = ["src", "tests", "tools", "examples", "callbench", "noxfile.py"]
IN_TWO_PROCESSES = ["-n", "2", "--dist", "loadfile"]
ALL = ["-m", "slow or not slow"]


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
