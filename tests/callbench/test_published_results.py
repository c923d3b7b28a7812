"""The published numbers against the committed results."""

from pathlib import Path

import pytest

import callbench_docs
import case_table

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


def test_the_headline_has_the_inputs_scores_and_changes_by_the_best_filters_and_the_models():
    def row(psnr, worse=0.25):
        gain = {"psnr": psnr, "ssim": psnr / 100, "flicker": 1.0}
        return {
            "mean": {"score": {"psnr": 30 + psnr, "ssim": 0.9, "flicker": 2.0}, "gain": gain}
            | {"worse": worse, "worst": -psnr}
        }

    rows = {"input": row(0), "unsharp mask (for PSNR)": row(0.1), "unsharp mask (for SSIM)": row(0.2), "CAS": row(-0.3)}
    rows |= {name: row(gain) for name, gain in zip(case_table.MODELS, (0.3, 0.4, 0.5), strict=True)}
    table = case_table.case_table({"rows": rows})
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    assert cells[0] == ["", "PSNR, dB", "SSIM", "worse", "worst, dB"]
    assert cells[2:] == [
        ["input", "30.00", "0.9000", "", ""],
        ["unsharp mask", "+0.20", "+0.0020", "25%", "-0.20"],
        ["CAS", "-0.30", "-0.0030", "25%", "+0.30"],
        ["`fast`", "+0.30", "+0.0030", "25%", "-0.30"],
        ["`balanced`", "+0.40", "+0.0040", "25%", "-0.40"],
        ["`best`", "+0.50", "+0.0050", "25%", "-0.50"],
    ]
