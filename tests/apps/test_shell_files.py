"""The completions and the manual page are those of the parsers; the completions of bash complete."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from crispen.apps.cli import COMMANDS

SHELL = Path(__file__).parents[2] / "shell"
BASH = shutil.which("bash")


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="shell/ holds the help texts as Python 3.11 formats them")
def test_the_files_are_those_of_the_parsers():
    pytest.importorskip("shtab", reason="needs the extra release")
    pytest.importorskip("argparse_manpage", reason="needs the extra release")
    done = subprocess.run(
        [sys.executable, SHELL.parent / "tools" / "shell_files.py", "--check"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


def completed(words: list[str], folder: Path) -> list[str]:
    """What bash offers for the last word."""
    quoted = " ".join(f"'{word}'" for word in words)
    script = f"""
        source '{SHELL}/crispen.bash'
        COMP_WORDS=({quoted}) COMP_CWORD={len(words) - 1}
        function_name=$(complete -p crispen | sed 's/.*-F \\([^ ]*\\).*/\\1/')
        $function_name
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run([BASH, "-c", script], capture_output=True, text=True, timeout=60, cwd=folder, check=True)
    return done.stdout.split()


@pytest.mark.skipif(BASH is None or sys.platform == "win32", reason="needs bash")
def test_bash_completes_commands_options_choices_and_files(tmp_path):
    (tmp_path / "call.mp4").touch()
    assert set(COMMANDS) <= set(completed(["crispen", ""], tmp_path))
    assert completed(["crispen", "shar"], tmp_path) == ["sharpen"]
    assert "--strength" in completed(["crispen", "sharpen", "--st"], tmp_path)
    assert {"onnx", "litert"} <= set(completed(["crispen", "export", "best", "--to", ""], tmp_path))
    assert completed(["crispen", "sharpen", "ca"], tmp_path) == ["call.mp4"]


def test_the_manual_page_names_every_command():
    page = (SHELL / "crispen.1").read_text("utf-8")
    assert page.startswith(".TH CRISPEN")
    assert [name for name in COMMANDS if f"crispen {name}" not in page] == []
