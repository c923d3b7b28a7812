"""Which code made a result, so that one kept on disk is never taken for another's."""

from __future__ import annotations

import ast
import hashlib
import inspect
from functools import cache
from types import ModuleType


@cache
def code_sha256(*modules: ModuleType) -> str:
    """Hash of what the modules do: their code without comments and docstrings."""
    return hashlib.sha256("".join(map(code_of, modules)).encode()).hexdigest()


def code_of(module: ModuleType) -> str:
    """What a module does, as one text."""
    tree = ast.parse(inspect.getsource(module))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.dump(tree)
