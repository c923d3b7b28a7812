"""The programs in web/ that use Crispen's Python run. Needs no Node, so that renames show early."""

import subprocess
import sys
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "web"


@pytest.mark.parametrize("program", ["models.py", "tests/reports/sample_pages.py"])
def test_a_python_program_of_web_runs(program, tmp_path):
    words = [sys.executable, str(WEB / program), str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert any(tmp_path.iterdir())
