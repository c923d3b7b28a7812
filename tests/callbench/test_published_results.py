"""The published numbers against the committed results."""

from pathlib import Path

import pytest

import callbench_docs

ROOT = Path(__file__).parents[2]


def test_tables_plot_and_docs_are_those_of_the_committed_results(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["callbench_docs.py", "--check"])
    assert callbench_docs.main() == 0, f"run: python tools/callbench_docs.py\n{capsys.readouterr().out}"


def test_a_missing_place_is_an_error():
    with pytest.raises(ValueError, match="0 places for core"):
        callbench_docs.filled("no places", {"core": "x"})


def test_the_numbers_of_real_esrgan_are_those_of_its_record():
    record = (ROOT / "results" / "callbench_v1_quick_real_esrgan.md").read_text("utf-8")
    core = next(line for line in record.splitlines() if line.startswith("| Real-ESRGAN"))
    text = " ".join((ROOT / "docs" / "callbench.md").read_text("utf-8").split())
    assert "**-1.53** " in core and "**-0.87**" in core and "+0.0061 " in core and " 6794 " in core
    assert "Its gain is -1.53 dB (-0.87 dB with the mean shift removed) and +0.0061 SSIM" in text
    assert "6.8 s per 1080p frame" in text
