import importlib

from crispen.callbench.hashing import code_of, code_sha256


def test_comments_and_docstrings_do_not_change_the_hash_of_code(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    texts = {
        "one": '"""Says this."""\n\n\ndef f(x):\n    """And that."""\n    return x + 1\n',
        "same": '"""Says more."""\ndef f(x):\n    return x + 1  # a comment\n',
        "other": "def f(x):\n    return x + 2\n",
    }
    codes = {}
    for name, text in texts.items():
        (tmp_path / f"coded_{name}.py").write_text(text)
        codes[name] = code_of(importlib.import_module(f"coded_{name}"))
    assert codes["one"] == codes["same"] != codes["other"]
    modules = [importlib.import_module(f"coded_{name}") for name in texts]
    assert code_sha256(modules[0]) == code_sha256(modules[1]) != code_sha256(modules[2])
