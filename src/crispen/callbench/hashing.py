"""Hashes of files and of code, so that a result of another file or other code is never taken from a cache."""

from __future__ import annotations

import ast
import hashlib
import inspect
from functools import cache
from pathlib import Path
from types import ModuleType


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def code_sha256(*modules: ModuleType) -> str:
    """Hashes the code of modules without comments and docstrings."""
    return hashlib.sha256("".join(map(code_of, modules)).encode()).hexdigest()


def code_of(module: ModuleType) -> str:
    """Dumps the syntax tree of a module without docstrings."""
    tree = ast.parse(inspect.getsource(module))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.dump(tree)
